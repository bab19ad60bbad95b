"""Bins of functional coverage: what a run did is counted, and nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from cosim.coverage import all_bins, bins_of
from cosim.engines import Stalls
from cosim.fabrics import find_fabric
from cosim.observers import Run
from mapper.crossbar.compiler import map_network
from mapper.hybrid.compiler import map_network as map_hybrid
from mapper.network import Dense, Network, Population
from mapper.packets import PACKET, Kind
from mapper.semantics import Decay, DecayKind, Reset
from mapper.yoso.compiler import map_network as map_to_grid

from .grid_networks import GRID, PE, grid_network, single_spikes
from .hybrid_networks import CORES, direct_network, random_values
from .hybrid_networks import MESH as HYBRID_MESH
from .networks import CORE, MESH, random_network, random_spikes


def golden_run(image, spikes, stalls, pace="tick", engine="batch"):
    """What coverage sees of a run, without the engine: the golden model's trace."""
    fabric = find_fabric(image, pace)
    trace = fabric.golden(image, spikes, pace)
    packets = fabric.session(image, pace).packets(spikes, trace.outputs)
    answers = np.array([PACKET.pack(kind=Kind.DONE)], np.uint64)
    return Run(engine, image, stalls, pace, packets, answers, trace)


@pytest.mark.parametrize("seed", range(12))
def test_every_bin_that_is_hit_is_one_of_all(seed):
    stalls = Stalls(0.3 * (seed % 3), 0.3 * (seed // 3 % 3), seed)
    network = random_network(seed)
    image = map_network(network, CORE, mesh=MESH)
    found = bins_of(golden_run(image, random_spikes(network, 2, seed), stalls))
    network = grid_network(seed)
    image = map_to_grid(network, PE, GRID)
    found |= bins_of(golden_run(image, single_spikes(network, 2, seed), stalls))
    network = direct_network(seed)
    image = map_hybrid(network, CORES, HYBRID_MESH)
    found |= bins_of(golden_run(image, random_values(network, 2, seed), stalls))
    assert found <= all_bins()
    assert {name.split(":")[0] for name in found} == {"crossbar", "hybrid", "yoso"}


def test_bins_of_macros():
    """A macro with a stack, converters that round, and a value that raises no word line."""
    network = direct_network(0)
    cores = replace(CORES, lossy=1, adc_shift=1, adc_offset=1)
    image = map_hybrid(network, cores, HYBRID_MESH)
    values = random_values(network, 2, 0)
    values[0] = 0
    found = bins_of(golden_run(image, values, Stalls(0.0, 0.6, 1)))
    assert {"hybrid: converters of larger steps, with stalls",
            "hybrid: converters with an offset, with stalls",
            "hybrid: values that raise no word line"} <= found  # fmt: skip
    assert "hybrid: converters exact, with stalls" not in found
    values[:] = 255
    found = bins_of(golden_run(map_hybrid(network, CORES, HYBRID_MESH), values, Stalls()))
    assert "hybrid: converters exact, without stalls" in found
    assert "hybrid: values that raise no word line" not in found


@pytest.mark.parametrize("threshold, fires", [(1, True), (100, False)])
def test_a_reset_counts_only_when_a_neuron_has_fired(threshold, fires):
    population = Population("out", (2,), decay=Decay(DecayKind.SHIFT, 3), reset=Reset.SUBTRACT,
                            threshold=np.full(2, threshold))  # fmt: skip
    weight = np.ones((2, 4), np.int64)
    network = Network("tiny", (4,), (population,), (Dense("input", "out", weight, "ternary"),),
                      "out", ticks=2, decision="spikes")  # fmt: skip
    spikes = np.ones((1, 2, 4), bool)
    run = golden_run(map_network(network, CORE), spikes, Stalls(0.0, 0.6, 1))
    found = bins_of(run)
    reset = "crossbar: decay shift, fired and reset subtract, with stalls"
    assert (reset in found) == fires
    assert {"crossbar: decay shift by 3", "crossbar: decay shift, 2 columns a neuron",
            "crossbar: host stalls: sending none, taking many", "crossbar: packet SCAN",
            "crossbar: batch engine, stalls many", "crossbar: 1 banks, 1 pass, with stalls",
            "crossbar: a chip of one core"} <= found  # fmt: skip
    assert "crossbar: decay shift, fired and reset zero, with stalls" not in found
