"""Each claim about the YOSO grid has a bug that violates it, and the prover finds it."""

from types import SimpleNamespace

import pytest
from amaranth.lib import fifo

from mapper.yoso.params import PeParams
from rtl.yoso import (
    compute,
    ingress,
    load,
    pending_stores,
    sample_gate,
    spike_queue,
    spike_sender,
    store,
    tick_tokens,
)

from . import hazard_properties
from .fifo_properties import FifoProperties
from .gate_properties import GateProperties
from .hazard_properties import HazardProperties
from .ingress_properties import IngressProperties
from .planted import planted
from .prover import refute
from .sender_properties import SenderProperties
from .spike_queue_properties import SpikeQueueProperties
from .tick_token_properties import TickTokenProperties

PE = PeParams(neurons=8, ticks=4)

HAZARD_BUGS = {
    "a load overtakes a store": (load, "self.stores_ready & ~self.hit", "self.stores_ready"),
    "a spike is lost": (store, "(~self.stored.fires | self.o.ready)", "1"),
    "a silent neuron fires": (compute, "updates & lives & ~self.silent", "updates & lives"),
    "forgotten too early": (
        pending_stores, "used[i] & (entry.neuron", "used[i] & (head != i) & (entry.neuron",
    ),
}  # fmt: skip
QUEUE_BUGS = {
    "two reads at a time": ("ready & ~reading & (~self.o.valid", "ready & (~self.o.valid"),
    "one that comes while the last is read": ("ready.eq(is_last & joins)", "ready.eq(0)"),
    "spikes of the last tick": ("(self.push_tick == self.now)", "1"),
}
INGRESS_BUGS = {
    "a spike after its tick": ("(tag.tick < self.tick) | (tag.tick", "(tag.tick"),
    "a packet of the ended sample": ("works & ~stop & ~self.ended, mine", "works & ~stop, mine"),
    "a sample that never begins": ("self.ended & ~mine & ~stop", "self.ended & mine & ~stop"),
}
SENDER_BUGS = {
    "the token first": ("m.d.sync += sent.eq(0)", "m.d.sync += sent.eq(next_way)"),
    "one target only": ("queue.r_en.eq((left == 0) | (self.o.ready & (left == next_way)))",
                        "queue.r_en.eq((left == 0) | self.o.ready)"),
    "a stop to everybody": ("Mux(stops, 0, regular)", "regular"),
}  # fmt: skip
GATE_BUGS = {
    "nothing waits for DONE": ("passes.eq(~waiting & ~finished & (", "passes.eq(~waiting & ("),
    "work amid an access": ("Mux(is_work, ~accessed,", "Mux(is_work, 1,"),
    "one sample for ever": ("sample.eq(sample ^ token.last)", "sample.eq(sample)"),
    "DONE twice": ("m.d.sync += [finished.eq(0), ", "m.d.sync += ["),
}


@pytest.mark.parametrize("bug", HAZARD_BUGS)
def test_hazards(monkeypatch, small_parts, tmp_path, bug):
    module, right, wrong = HAZARD_BUGS[bug]
    changed = planted(module, right, wrong)
    small_parts(changed)
    monkeypatch.setattr(changed, "_DEPTH", 4, raising=False)
    monkeypatch.setattr(hazard_properties, module.__name__.split(".")[-1], changed)
    refute(HazardProperties(), tmp_path, 12)


@pytest.mark.parametrize("bug", QUEUE_BUGS)
def test_spike_queue(tmp_path, bug):
    queue = planted(spike_queue, *QUEUE_BUGS[bug]).SpikeQueue(SimpleNamespace(queue=4, ticks=2))
    refute(SpikeQueueProperties(queue, induction=False), tmp_path, 10)


def test_tick_tokens(tmp_path):
    wrong = planted(tick_tokens, "counted >= self.sources", "counted > self.sources")
    refute(TickTokenProperties(wrong.TickTokens(PE)), tmp_path)


@pytest.mark.parametrize("bug", INGRESS_BUGS)
def test_ingress(tmp_path, bug):
    wrong = planted(ingress, *INGRESS_BUGS[bug])
    refute(IngressProperties(wrong.Ingress(PE), PE), tmp_path)


@pytest.mark.parametrize("bug", SENDER_BUGS)
def test_sender(small_parts, tmp_path, bug):
    wrong = planted(spike_sender, *SENDER_BUGS[bug])
    small_parts(wrong)
    refute(SenderProperties(wrong.SpikeSender(PE), PE), tmp_path)


@pytest.mark.parametrize("bug", GATE_BUGS)
def test_gate(tmp_path, bug):
    refute(GateProperties(planted(sample_gate, *GATE_BUGS[bug]).SampleGate()), tmp_path)


def test_a_queue_of_two_has_no_room_while_its_only_entry_moves_on(tmp_path):
    """Why no queue here is shorter than 3 places: OpenFifo would promise too much."""
    refute(FifoProperties(fifo.SyncFIFOBuffered(width=3, depth=2)), tmp_path)
