"""The parts of a YOSO PE and the grid's gate, proved by induction (docs/verification.md)."""

from types import SimpleNamespace

import pytest
from amaranth.lib.fifo import SyncFIFOBuffered

from mapper.yoso.params import PeParams
from rtl.yoso.ingress import Ingress
from rtl.yoso.sample_gate import SampleGate
from rtl.yoso.spike_queue import SpikeQueue
from rtl.yoso.spike_sender import SpikeSender
from rtl.yoso.tick_tokens import TickTokens

from .fifo_properties import FifoProperties
from .gate_properties import GateProperties
from .hazard_properties import HazardProperties
from .ingress_properties import IngressProperties
from .prover import check
from .sender_properties import SenderProperties
from .spike_queue_properties import SpikeQueueProperties
from .tick_token_properties import TickTokenProperties

PE = PeParams(neurons=8, ticks=4)


@pytest.mark.parametrize("depth", [4, 8, 9, 16])
def test_queues_keep_everything_in_order(tmp_path, depth):
    check(FifoProperties(SyncFIFOBuffered(width=3, depth=depth)), tmp_path)


def test_no_load_overtakes_a_store(small_parts, tmp_path):
    small_parts()
    check(HazardProperties(), tmp_path)


def test_spikes_leave_in_their_tick_once_in_order(tmp_path):
    check(SpikeQueueProperties(SpikeQueue(SimpleNamespace(queue=4, ticks=2))), tmp_path)


def test_a_tick_is_complete_with_its_last_token(tmp_path):
    check(TickTokenProperties(TickTokens(PE)), tmp_path)


def test_every_packet_has_one_reaction(tmp_path):
    check(IngressProperties(Ingress(PE), PE), tmp_path)


def test_every_note_is_sent_once_each_way(small_parts, tmp_path):
    small_parts()
    check(SenderProperties(SpikeSender(PE), PE), tmp_path)


def test_the_gate_keeps_samples_and_accesses_apart(tmp_path):
    check(GateProperties(SampleGate()), tmp_path)
