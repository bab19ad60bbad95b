"""RTL == golden model on random networks with random stalls, on every engine.

A failing seed is in the test's name; `SPIKELOOM_SEEDS=1000-1200` runs others, offline.
"""

import numpy as np
import pytest

from cosim.crossbar.session import CrossbarSession
from cosim.engines import ENGINES, make_engine
from cosim.golden.crossbar import run_chip
from cosim.scoreboard import compare
from cosim.verify import verify
from mapper.crossbar.compiler import map_network

from .networks import CORE, MESH, random_network, random_spikes
from .seeds import seeds, stalls_for
from .truth import assert_is_the_network, assert_joined

SAMPLES = 4


def check(engine_name: str, seed: int) -> None:
    network = random_network(seed)
    image = map_network(network, CORE, mesh=MESH)
    spikes = random_spikes(network, SAMPLES, seed)
    run = verify(make_engine(engine_name, image.params), image, spikes, stalls_for(seed))
    assert run.comparison.passed, (seed, run.comparison)
    assert_is_the_network(run, network, spikes)


@pytest.mark.xdist_group("mesh-build")
@pytest.mark.parametrize("seed", seeds(range(100, 112)))
def test_verilog_under_cocotb(seed):
    check("cocotb", seed)


@pytest.mark.xdist_group("mesh-batch-build")
@pytest.mark.parametrize("seed", seeds([*range(200, 240), 270, 288]))  # resets after halving
def test_verilog_in_the_batch_engine(seed):
    check("batch", seed)


@pytest.mark.parametrize("seed", seeds(range(4)))
def test_amaranth_simulator(seed):
    check("amaranth", seed)


@pytest.mark.xdist_group("mesh-build")
def test_engines_give_the_same_packets_cycle_for_cycle():
    network = random_network(5)
    image = map_network(network, CORE, mesh=MESH)
    spikes = random_spikes(network, 2, 5)
    session = CrossbarSession(image)
    packets = session.packets(spikes)
    answers = [
        make_engine(name, image.params).exchange(packets, session.answers(2)) for name in ENGINES
    ]
    for other in answers[1:]:
        np.testing.assert_array_equal(answers[0], other)  # DONE packets carry the cycles
    assert len(answers[0]) >= session.answers(2)


@pytest.mark.xdist_group("mesh-build")
def test_results_do_not_depend_on_sharding():
    network = random_network(7)
    image = map_network(network, CORE, mesh=MESH)
    spikes = random_spikes(network, 5, 7)
    engine = make_engine("cocotb", image.params)
    one = verify(engine, image, spikes).rtl
    assert_joined(one, [verify(engine, image, part).rtl for part in (spikes[:2], spikes[2:])])
    assert compare(image, run_chip(image, spikes, batch=2), one, []).passed
