"""Which networks fit the grid, on how many PEs, and why others do not."""

from dataclasses import replace

import numpy as np
import pytest
from grids import chain, grid_pe
from hypothesis import given
from hypothesis import strategies as st

from flows.zoo import network_path
from mapper.activity import uniform_activity
from mapper.errors import InputError
from mapper.fabrics import find_fabric
from mapper.network import INPUT, Conv, Dense, Network, Population
from mapper.nir_io import read_network
from mapper.semantics import Decay, DecayKind, Reset
from mapper.yoso.compiler import check_network, map_network
from mapper.yoso.params import PRESETS
from mapper.yoso.plan import STRATEGIES
from mapper.yoso.traffic import grid_work

FULL, CONV = PRESETS["full"], PRESETS["conv"]


def used(image):
    return sum(pe.neurons > 0 for pe in image.cores)


@pytest.mark.parametrize("mesh", [None, (6, 7)])
def test_the_papers_network_fits_the_papers_grid(mesh):
    """784-800-10: 39 + 1 PEs by the paper's bound; whole neurons of 784 weights take 40 + 1."""
    network = read_network(network_path("mnist-stdbp"))
    image = map_network(network, FULL, mesh)
    assert {image.params.width, image.params.height} == {6, 7} and used(image) == 41
    hidden, out = image.layers
    assert (hidden["cores"], hidden["bound"], hidden["neurons"]) == (40, 39, 20)
    assert (out["cores"], out["bound"]) == (1, 1)
    assert hidden["reason"] == "16384 weights are 20 whole neurons of 784"
    assert image.exit_core == 40 and len(image.tokens) <= 2
    assert all(v["fits"] for v in check_network(network, FULL))


def test_lists_save_a_pe_where_inputs_have_no_weights():
    network = read_network(network_path("mnist-stdbp"))
    assert used(map_network(network, CONV, strategy="paper")) == 41
    image = map_network(network, CONV, strategy="cores")
    assert used(image) == 40 and image.cores[0].has("listed") and not image.cores[39].has("listed")


@given(st.integers(1, 40), st.integers(1, 60), st.sampled_from(STRATEGIES))
def test_slices_are_even_and_as_few_as_whole_neurons_allow(fan_in, n, strategy):
    pe = grid_pe(neurons=16, rows=0, runs=0)
    image = map_network(chain(fan_in, n), pe, strategy=strategy)
    sizes = [c.neurons for c in image.cores if c.neurons]
    assert sum(sizes) == n and max(sizes) - min(sizes) <= 1
    assert len(sizes) == -(-n // min(16, 256 // fan_in)) >= image.layers[0]["bound"]


def conv(shape, channels, kernel=3, **facts) -> Network:
    """A convolution with different weights everywhere."""
    size = channels * shape[0] * kernel**2
    weight = np.arange(1, size + 1).reshape(channels, shape[0], kernel, kernel) % 31
    c = Conv(INPUT, "c", weight, "int6", input_shape=shape, **facts)
    p = Population("c", c.output_shape, "rel_psp_readout")
    return Network("conv", shape, (p,), (c,), "c", 2)


def test_a_convolution_shares_its_weights():
    """14 x 14 positions of 3 channels on one PE; the strings of borders are parts of others."""
    image = map_network(conv((1, 14, 14), 3, padding=(1, 1)), replace(CONV, weights=64))
    assert used(image) == 1 and np.count_nonzero(image.cores[0].weight) == 3 * 9
    assert image.layers[0]["runs"] == (14 * 3 - 2) * 14  # of channels side by side


def test_tiles_hear_of_the_inputs_under_them_only():
    """Bands of a map: inputs at their borders go to two PEs, others to one."""
    image = map_network(conv((1, 40, 40), 4, padding=(1, 1)), CONV, mesh=(7, 1))
    assert used(image) == 7 and len(image.feed.packet) == 40 * 40
    events = grid_work(image, uniform_activity(image)).events
    assert 40 * 40 < events.sum() < 1.4 * 40 * 40


PLAIN = Population("p", (2,), "rel_psp", threshold=3)


def one(population=PLAIN, fmt="int6", weight=1, delay=0, ticks=4):
    c = Dense(INPUT, population.name, np.full((population.n, 3), weight), fmt, delay)
    return Network("one", (3,), (population,), (c,), population.name, ticks)


@pytest.mark.parametrize(("network", "pe", "name", "match"), [
    (one(replace(PLAIN, kind="threshold", reset=Reset.ONCE, decay=Decay(DecayKind.SHIFT, 2))),
     FULL, "p", r"potentials decay \(shift\); a YOSO PE has no leak"),
    (one(replace(PLAIN, kind="readout", decay=Decay(DecayKind.CLEAR))), FULL, "p", "decay .clear"),
    (one(replace(PLAIN, kind="threshold")), FULL, "p", "reset zero: .* reset once"),
    (one(replace(PLAIN, bias=np.array([0, 3]))), FULL, "p", "neuron 1 has bias 3"),
    (one(replace(PLAIN, initial=np.array([0, -2]))), FULL, "p", "neuron 1 has initial -2"),
    (one(delay=2), FULL, "p", "input->p has delay 2; .* delay 0"),
    (one(fmt="int8", weight=32), FULL, "p", "weights from 'input' reach 32, .* 6 bits, -32..31"),
    (one(fmt="int8", weight=-33), FULL, "p", "reach -33"),
    (one(ticks=17), FULL, "p", "17 ticks, a PE counts 16"),
    (one(replace(PLAIN, threshold=1 << 23)), FULL, "p", "neuron 0 .* threshold .* 25 bits, .* 24"),
    (chain(3, 20000, 1), FULL, "l1", "fan-in of 20000 weights, a PE has room for 16384"),
    (chain(3, 1200, 1), FULL, "l1", "its 1200 sources .* queue of a PE holds 1024"),
    (chain(1024, 1100), FULL, "chip", r"needs 69 PEs \(l0 69\), a mesh of 8 x 8 has 64"),
    (chain(3, 2, 256 * 70), FULL, "chip", r"needs 71 PEs \(l0 1, l1 70\)"),
    (conv((1, 8, 8), 2), FULL, "c", "needs weight lists.* map onto --core conv"),
    (conv((1, 100, 100), 2), CONV, "c", "10000 inputs need as many rows .* has 8192"),
    (conv((1, 90, 90), 64), CONV, "c", "needs more than 64 PEs: a PE has 1024 neurons"),
    (conv((1, 30, 30), 16), replace(CONV, queue=64), "chip",
     "'c' hears of .* sources, .* its queue holds 64"),
    (conv((1, 16, 16), 12), replace(CONV, runs=8), "c", "more than 64 PEs: .* runs of weights"),
])  # fmt: skip
def test_refusals(network, pe, name, match):
    with pytest.raises(InputError, match=match):
        map_network(network, pe)
    bad = [v for v in check_network(network, pe) if not v["fits"]]
    assert [v["name"] for v in bad] == [name]
    with pytest.raises(InputError, match=match):
        raise InputError(bad[0]["reason"])


@pytest.mark.parametrize("network", [chain(64, 2), conv((1, 8, 8), 2)], ids=["dense", "lists"])
def test_a_queue_as_deep_as_there_are_sources_is_enough(network):
    pe = grid_pe(queue=64, neurons=128)
    assert map_network(network, pe)
    with pytest.raises(InputError, match=" 64 sources.* queue (of a PE )?holds 32"):
        map_network(network, replace(pe, queue=32))
    more = chain(65, 2) if len(network.input_shape) == 1 else conv((1, 5, 13), 2)
    with pytest.raises(InputError, match=" 65 sources.* queue (of a PE )?holds 64"):
        map_network(more, pe)
    refused = [v["name"] for v in check_network(more, pe) if not v["fits"]]
    assert refused == ["l0" if more.name == "chain" else "chip"]


def test_a_network_with_leak_is_refused_layer_by_layer():
    network = read_network(network_path("mnist-lif"))
    verdicts = check_network(network, FULL)
    assert [v["fits"] for v in verdicts] == [False, True] and "leak" in verdicts[0]["reason"]


def test_a_mesh_that_is_too_small():
    with pytest.raises(InputError, match=r"needs 3 PEs \(l0 3\), a mesh of 2 x 1 has 2"):
        map_network(chain(100, 6), grid_pe(), mesh=(2, 1))


def test_too_many_rectangles():
    """Five slices that touch each other at corners only."""
    network, pe = chain(2, 2, 40), grid_pe(neurons=8)
    assert used(map_network(network, pe, (3, 3))) == 6
    with pytest.raises(InputError, match="'l0' sends to 5 rectangles .* has 4 targets"):
        map_network(network, pe, (3, 3), place=lambda plan, params: [1, 0, 2, 4, 6, 8])


def test_unknown_strategy():
    with pytest.raises(InputError, match="unknown strategy 'best'; known: paper, cores"):
        map_network(chain(2, 2), FULL, strategy="best")


def test_cores_are_parsed_by_their_fabric():
    parse = find_fabric("yoso").parse
    assert parse("tiny,weights=512") == replace(PRESETS["tiny"], weights=512)
    with pytest.raises(InputError, match="unknown core 'small'; known: full, conv, tiny"):
        parse("small")
    with pytest.raises(InputError, match="NAME one of neurons, weights, .* not 'lanes=8'"):
        parse("full,lanes=8")
