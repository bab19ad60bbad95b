"""RTL == golden model == Network on random grids with random stalls, on every engine and pace.

A failing seed is in the test's name; `SPIKELOOM_SEEDS=1000-1200` runs others, offline.
"""

import numpy as np
import pytest

from cosim.engines import ENGINES, Stalls, make_engine
from cosim.scoreboard import compare
from cosim.verify import verify
from cosim.yoso.session import GridSession
from mapper.yoso.compiler import map_network

from .grid_networks import GRID, PE, grid_network, single_spikes
from .seeds import seeds, stalls_for
from .truth import assert_is_the_network, assert_joined

SAMPLES = 4


def check(engine_name: str, seed: int, mesh: tuple[int, int] | None = GRID) -> None:
    """Every pace that the image allows. mesh: None, one that just holds the network."""
    network = grid_network(seed)
    image = map_network(network, PE, mesh)
    spikes = single_spikes(network, SAMPLES, seed)
    engine = make_engine(engine_name, image.params)
    for pace in ("tick", "sample", "exit"):
        if pace == "exit" and image.exit_core is None:
            continue
        run = verify(engine, image, spikes, stalls_for(seed), pace=pace)
        assert run.comparison.passed, (seed, pace, run.comparison)
        if pace == "tick":
            assert_is_the_network(run, network, spikes)


@pytest.mark.xdist_group("grid-build")
@pytest.mark.parametrize("seed", seeds(range(100, 104)))
def test_verilog_under_cocotb(seed):
    check("cocotb", seed)


@pytest.mark.xdist_group("grid-batch-build")
@pytest.mark.parametrize("seed", seeds([*range(200, 260), 268]))  # weight lists that end a sample
def test_verilog_in_the_batch_engine(seed):
    check("batch", seed)


@pytest.mark.parametrize("seed", seeds([0, 2, 34]))  # the last two fit a single PE
def test_amaranth_simulator(seed):
    check("amaranth", seed, mesh=None)


@pytest.mark.xdist_group("grid-build")
def test_engines_give_the_same_packets_cycle_for_cycle():
    seed = next(s for s in range(99) if map_network(grid_network(s), PE, GRID).exit_core)
    network = grid_network(seed)
    image = map_network(network, PE, GRID)
    session = GridSession(image, "exit")
    packets = session.packets(single_spikes(network, 1, seed))
    answers = [
        make_engine(name, image.params).exchange(packets, session.answers(1)) for name in ENGINES
    ]
    for other in answers[1:]:
        np.testing.assert_array_equal(answers[0], other)  # DONE packets carry the cycles
    assert len(answers[0]) >= session.answers(1)


@pytest.mark.xdist_group("grid-batch-build")
def test_results_do_not_depend_on_stalls_and_sharding():
    network = grid_network(7)
    image = map_network(network, PE, GRID)
    spikes = single_spikes(network, 5, 7)
    engine = make_engine("batch", image.params)
    one = verify(engine, image, spikes).rtl
    assert_joined(one, [verify(engine, image, part).rtl for part in (spikes[:2], spikes[2:])])
    stalled = verify(engine, image, spikes, Stalls(0.5, 0.5, 3)).rtl
    assert compare(image, one, stalled, []).passed
