"""Planted faults in a grid: each must be noticed, and the first culprit named."""

from dataclasses import replace

import numpy as np
import pytest

from cosim.divergence.find import find_divergence
from cosim.engines import make_engine
from cosim.golden.yoso import run_grid
from cosim.scoreboard import compare
from cosim.yoso.session import GridSession
from mapper.network import Dense, Network, Population
from mapper.yoso.compiler import map_network
from mapper.yoso.layout import MODE

from .grid_networks import GRID, PE, single_spikes

pytestmark = pytest.mark.xdist_group("grid-batch-build")


def busy() -> Network:
    """Every input drives its neuron, every neuron fires, every weight matters; the inputs also
    reach the output, which therefore has weight lists.
    """
    eye = np.eye(12, dtype=int)
    return Network(
        "busy", (12,),
        (
            Population("hidden", (12,), kind="rel_psp", threshold=3),
            Population("out", (6,), kind="rel_psp", threshold=9),
        ),
        (Dense("input", "hidden", 2 * eye, "int6"), Dense("hidden", "out", np.tile(eye[:6, :6], 2)),
         Dense("input", "out", np.tile(eye[:6, :6], 2))),
        "out", ticks=6, decision="first_spike",
    )  # fmt: skip


def with_core(image, index, **changes):
    cores = list(image.cores)
    cores[index] = replace(cores[index], **changes)
    return replace(image, cores=tuple(cores))


def changed(name, index, value):
    """A fault: word `index` of a memory of the first PE of a population, exclusive or `value`."""

    def plant(image, core):
        memory = getattr(image.cores[core], name).copy()
        memory[index] ^= value
        return with_core(image, core, **{name: memory})

    return plant


def mode(bit):
    def plant(image, core):
        return with_core(image, core, mode=image.cores[core].mode ^ int(MODE.pack(**{bit: 1})))

    return plant


FAULTS = {
    "weight": ("hidden", "hidden", changed("weight", 0, 1), "arithmetic", "in the accumulator"),
    "threshold": ("hidden", "hidden", changed("threshold", 4, 1), "arithmetic",
                  "threshold 2 in place of 3"),
    "spike address": ("hidden", "out", changed("spike", 1, 2), "inputs or weights",
                      "the spike of hidden 1 at spike address 13 of PE 2"),
    "row": ("out", "out", changed("row", 0, 1 << 16), "weights", "synaptic operations, not"),
    "run": ("out", "out", changed("run", 0, 1 << 16), "inputs or weights", "at spike address"),
    "listed weight": ("out", "out", changed("weight", 0, 2), "arithmetic", "in the accumulator"),
    "psp": ("hidden", "hidden", mode("psp"), "arithmetic", "forgets from tick to tick"),
    "silent": ("hidden", "hidden", mode("silent"), "arithmetic", "silent neurons"),
    "host": ("out", "out", mode("host"), "route", "its OUTPUT packet did not come"),
}  # fmt: skip
"""Fault -> population in whose first PE it is, that of the first culprit, what is planted, the
cause that is found, and something that must be said."""


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_grid_is_found(fault, planted):
    """Hardware gets the faulty memories, the golden model the right ones."""
    population, culprit, plant, cause, finding = FAULTS[fault]
    network = busy()
    image = map_network(network, PE, GRID)
    core = int(image[population].core[0])
    assert image.cores[core].has("listed") == (population == "out")
    spikes = single_spikes(network, 4, 3)[:1]
    broken = plant(image, core)
    planted(broken)
    found = find_divergence(image, spikes)
    assert found.first["name"] == culprit and found.first["expected"] != found.first["actual"]
    assert found.explanation.where["core"] == image[culprit].core[0]
    assert found.explanation.cause == cause
    assert any(finding in line for line in found.explanation.findings)
    # The golden model of the broken grid agrees with the broken grid.
    assert compare(image, run_grid(broken, spikes), found.sides[1].trace, []).passed


def test_a_memory_that_lost_a_bit_is_named():
    """The host programs one thing and expects another: every memory of the PE in question."""
    image = map_network(busy(), PE, GRID)
    spikes = single_spikes(busy(), 1, 1)
    engine = make_engine("batch", image.params)
    packets = GridSession(image).packets(spikes)
    core = image.cores[1]
    for name in ("weight", "threshold", "spike", "row", "run", "stop"):
        value = getattr(core, name)
        other = value ^ 1 if name == "stop" else value ^ (np.arange(len(value)) == 5)
        session = GridSession(with_core(image, 1, **{name: other}))
        trace = session.decode(engine.exchange(packets, session.answers(1)), 1)
        memory = {"spike": "spike address memory", "stop": "registers"}.get(name, f"{name} memory")
        assert trace.corrupt == [f"core 1: {memory} is not what was programmed"]
