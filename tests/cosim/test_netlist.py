"""What is on the FPGA is what was proved: netlists of the real tools, simulated."""

from dataclasses import replace

import numpy as np
import pytest

from cosim.verify import verify
from flows.fpga.baseline import known_figures, regressions
from flows.fpga.families import FAMILIES
from flows.fpga.netlist import NetlistSimulator
from flows.fpga.tools import find_tool
from mapper.crossbar.compiler import map_network
from mapper.network import INPUT, Network
from rtl.boards import BOARDS

from .networks import CORE, random_connection, random_population, random_spikes

BOARD = BOARDS["ulx3s-85f"]
SEED, SAMPLES = 3, 2
SMALL = replace(CORE, axons=16, neurons=16, update_lanes=1, max_extension=2, routes=16)


def one_core(seed: int) -> Network:
    """Recurrent, so that the core's spikes go through the router; two axon extension phases."""
    rng = np.random.default_rng(seed)
    out = ("out", 4)
    return Network(
        f"one-{seed}", (20,), (random_population(rng, "out", 4, "threshold"),),
        (random_connection(rng, (INPUT, 20), out, "ternary"),
         random_connection(rng, out, out, "ternary", delay=1)),
        "out", ticks=3, decision="spikes",
    )  # fmt: skip


@pytest.fixture(scope="module")
def synthesized(tmp_path_factory) -> NetlistSimulator:
    """A small core behind its link, as cells of an ECP5."""
    image = map_network(one_core(SEED), SMALL, mesh=(1, 1))
    tools = {n: find_tool(t, native=False) for n, t in FAMILIES[BOARD.series].tools.items()}
    folder = tmp_path_factory.mktemp("netlist") / "build"
    simulator = NetlistSimulator(image.params, BOARD, tools, folder)
    simulator.build()
    return simulator


def test_the_netlist_does_what_the_golden_model_does(synthesized):
    """Programmed, run and read back over its serial line: spikes, potentials, cycles, counters."""
    network = one_core(SEED)
    image = map_network(network, SMALL, mesh=(1, 1))
    run = verify(synthesized, image, random_spikes(network, SAMPLES, SEED))
    assert run.comparison.passed, (SEED, run.comparison)


def test_no_resource_has_grown(synthesized):
    """As place and route counts them."""
    build = synthesized.synthesis
    build.count()
    now = {ours: build.used[theirs][0] for theirs, ours in build.family.kinds.items()}
    tools = {step: build.tools[step].version for step in ("synthesis", "place")}
    known = known_figures(tools, "core of test_netlist, linked")
    assert known, f"no figures of {tools}; now {now}"
    assert [*regressions(known, now)] == []
