"""The clock gates change nothing: same packets in the same cycles without them."""

import numpy as np
import pytest

from cosim.crossbar.session import CrossbarSession
from cosim.engines import Stalls, batch, make_engine, verilated
from cosim.golden.crossbar import run_chip
from mapper.crossbar.compiler import map_network

from .networks import random_spikes
from .test_passes import CORE, MESH, chain, replace


@pytest.mark.xdist_group("passes-build")
def test_gated_and_ungated_verilog_answer_alike(monkeypatch):
    """Two banks, several passes, checksums, stalls: every part sleeps and wakes."""
    network = chain(2)
    image = map_network(network, replace(CORE, banks=2), MESH)
    spikes = random_spikes(network, 3, 2)
    packets = CrossbarSession(image).packets(spikes, run_chip(image, spikes).outputs)
    count = CrossbarSession(image).answers(len(spikes))
    answers = []
    for flags in ([], ["-DNO_CLOCK_GATING"]):
        changed = [*verilated.FLAGS, *flags]
        monkeypatch.setattr(verilated, "FLAGS", changed)
        monkeypatch.setattr(batch, "FLAGS", changed)
        engine = make_engine("batch", image.params)
        answers += [engine.exchange(packets, count, Stalls(p, p, 3)) for p in (0.0, 0.5)]
    free, stalled, ungated_free, ungated_stalled = answers
    np.testing.assert_array_equal(free, ungated_free)  # DONE packets carry the cycles
    np.testing.assert_array_equal(stalled, ungated_stalled)
