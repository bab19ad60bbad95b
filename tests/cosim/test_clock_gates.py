"""The clock gates change nothing: same packets in the same cycles without them."""

import numpy as np
import pytest

from cosim.crossbar.session import CrossbarSession
from cosim.engines import Stalls
from cosim.engines.batch import BatchEngine
from cosim.golden.crossbar import run_chip
from cosim.yoso.session import GridSession
from mapper.crossbar.compiler import map_network
from mapper.mesh import MeshParams
from mapper.yoso.compiler import map_network as map_to_grid

from .grid_networks import GRID, PE, grid_network, single_spikes
from .networks import random_spikes
from .test_passes import CORE, MESH, chain, replace


def alike(params: MeshParams, packets: np.ndarray, answers: int) -> None:
    """Gated and ungated, with and without stalls."""
    found = []
    for flags in ([], ["-DNO_CLOCK_GATING"]):
        engine = BatchEngine(params, flags)
        found += [engine.exchange(packets, answers, Stalls(p, p, 3)) for p in (0.0, 0.5)]
    free, stalled, ungated_free, ungated_stalled = found
    np.testing.assert_array_equal(free, ungated_free)  # DONE packets carry the cycles
    np.testing.assert_array_equal(stalled, ungated_stalled)


@pytest.mark.xdist_group("passes-build")
def test_crossbar():
    """Two banks, several passes, checksums, stalls: every part sleeps and wakes."""
    network = chain(2)
    image = map_network(network, replace(CORE, banks=2), MESH)
    spikes = random_spikes(network, 3, 2)
    session = CrossbarSession(image)
    packets = session.packets(spikes, run_chip(image, spikes).outputs)
    alike(image.params, packets, session.answers(len(spikes)))


@pytest.mark.xdist_group("grid-batch-build")
def test_grid():
    """PEs wait for each other, for the host's next tick, for accesses."""
    network = grid_network(7)
    image = map_to_grid(network, PE, GRID)
    session = GridSession(image, "tick")
    packets = session.packets(single_spikes(network, 8, 7))
    alike(image.params, packets, session.answers(8))
