"""The batch engine's own failures: hangs, floods and interruptions end with one clear error."""

import ctypes
import threading

import numpy as np
import pytest

from cosim.crossbar.session import CrossbarSession
from cosim.engines import EngineError, make_engine
from cosim.engines import batch as batch_module
from mapper.crossbar.compiler import map_network
from mapper.packets import PACKET, Kind, rectangle

from .networks import CORE, MESH, random_network, random_spikes

pytestmark = pytest.mark.xdist_group("mesh-batch-build")


@pytest.fixture(scope="module")
def chip():
    network = random_network(3)
    image = map_network(network, CORE, mesh=MESH)
    session = CrossbarSession(image)
    return image, session.packets(random_spikes(network, 2, 0)), session.answers(2)


def test_a_silent_chip_is_an_error(chip, monkeypatch):
    image, packets, answers = chip
    monkeypatch.setattr(batch_module, "_PATIENCE", 1000)
    with pytest.raises(EngineError, match="fell silent"):
        make_engine("batch", image.params).exchange(packets, answers + 1)


def test_what_memory_held_before_does_not_matter(chip):
    """Verilator's wrapper of a block has a counter that starts with it (see zeroed_new.cpp): from
    2^64 - 18 on the chip of this test fell silent.
    """
    engine = make_engine("batch", chip[0].params)
    engine.build()
    assert ctypes.CDLL(str(engine.folder() / "chip.so")).spikeloom_new_is_zeroed() == 1


def test_surplus_answers_are_returned_not_lost(chip):
    """One answer more than asked for: the decoder must get to see it and refuse."""
    image, packets, answers = chip
    read = PACKET.pack(kind=Kind.READ, space=1, address=3 << 13, **rectangle(0, 0))
    more = np.append(packets, read)
    assert len(make_engine("batch", image.params).exchange(more, answers)) == answers + 1


def test_a_stopped_run_ends_early(chip):
    image, packets, answers = chip
    engine = make_engine("batch", image.params)
    engine.build()
    threading.Timer(0.3, engine.stopped.set).start()
    with pytest.raises(EngineError, match="stopped"):
        engine.exchange(packets, answers + 1)  # one answer too many: would wait for very long


def test_progress_reaches_the_end(chip):
    image, packets, answers = chip
    seen: list[int] = []
    make_engine("batch", image.params).exchange(packets, answers, progress=seen.append)
    assert seen[-1] == answers and seen == sorted(seen)


def test_every_packet_has_its_cycle(chip):
    """A DONE comes at least as long after the answer before as its tick took."""
    image, packets, answers = chip
    engine = make_engine("batch", image.params)
    received, stamps = engine.stamped(packets, answers)
    np.testing.assert_array_equal(received, engine.exchange(packets, answers))
    assert len(stamps) == len(received) and (np.diff(stamps.astype(np.int64)) > 0).all()
    fields = PACKET.unpack(received)
    done = np.flatnonzero(fields["kind"] == Kind.DONE)
    other = fields["kind"] != Kind.OUTPUT
    for i in done:
        before = np.flatnonzero(other[:i])[-1]
        assert int(stamps[i] - stamps[before]) >= fields["data"][i] > 0
