"""Each claim about the crossbar has a bug that violates it, and the prover finds it."""

from types import SimpleNamespace

import pytest

from mapper.crossbar.params import PRESETS
from rtl import bit_scanner, packet_queue, route_unit
from rtl.config import answer_queue, unit
from rtl.crossbar import (
    axon_bank,
    column_sum,
    core,
    neuron_lane,
    neuron_step,
    spike_sender,
    tick_control,
    tick_gate,
    update_pipeline,
)

from .axon_bank_properties import AxonBankProperties
from .column_sum_properties import ColumnSumProperties
from .config_properties import ConfigProperties
from .core_properties import CoreProperties
from .fifo_properties import PacketQueueProperties
from .neuron_properties import NeuronProperties
from .open_fifo import OpenFifo
from .planted import planted
from .prover import refute
from .route_properties import RouteProperties
from .scanner_properties import ScannerProperties
from .tick_gate_properties import BarrierProperties, TickGateProperties
from .update_properties import UpdateProperties

TINY = PRESETS["tiny"]
NEURON_BUGS = {
    "fires only above the threshold": ("(v >= threshold) & ~held", "(v > threshold) & ~held"),
    "shifts zeros in": ("(self.v >> self", "(self.v.as_unsigned() >> self"),
    "saturates to the other end": ("Cat((~sign)", "Cat(sign"),
}
UPDATE_BUGS = {
    "the rule of the next column": ("steps[1].eq(steps[0])", "steps[1].neuron.eq(control)"),
    "a neuron of every column": ("self.valid[self.LATENCY] & last[-1]", "self.valid[self.LATENCY]"),
}
BANK_BUGS = {
    "a word twice in the list": ("set_valid & (read.data == 0)", "set_valid"),
    "read before the last write": ("transparent_for=(write,)", ""),
    "never cleared": ("clear.eq(word_next & entry_valid)", "clear.eq(0)"),
}
CORE_BUGS = {
    "a READ amid a tick": (core, "waits = is_read & control.busy", "waits = is_read & 0"),
    "unknown kinds in silence": (core, "accepted & ~is_spike & ~is_tick & ~is_config,", "0,"),
    "a WRITE to what the tick uses": (core, "bank.active != bank.config", "1"),
    "one chunk too many": (tick_control, ">= self.columns", "> self.columns"),
    "one tick too many": (tick_control, "offset < self.ticks", "offset <= self.ticks"),
}
CONFIG_BUGS = {
    "a WRITE that was refused": (unit, "writes & ~self.refused", "writes"),
    "one word too many": (unit, "issue & (left == 0)", "issue & (left == 0xFFFF)"),
    "an answer to each word of a SCAN": (answer_queue, "(~arrived.sum | arrived.last)", "1"),
}  # fmt: skip
GATE_BUGS = {
    "DONE before it is idle": ("with m.If(self.idle):", "with m.If(1):"),
    "spikes for the tick that runs": ("address[SPIKE_TICK.offset(\"parity\")].eq(parity)",
                                      "address[SPIKE_TICK.offset(\"parity\")].eq(~parity)"),
    "a tick amid a tick": ("(self.idle & ~running & ~finished)", "(~running & ~finished)"),
}  # fmt: skip


@pytest.mark.parametrize("bug", NEURON_BUGS)
def test_neuron(tmp_path, bug):
    wrong = planted(neuron_step, *NEURON_BUGS[bug])
    size = SimpleNamespace(potential_bits=4, sum_bits=6)
    refute(NeuronProperties(wrong.NeuronStep(size)), tmp_path, 4)


@pytest.mark.parametrize("bug", UPDATE_BUGS)
def test_update(monkeypatch, tmp_path, bug):
    wrong = planted(neuron_lane, *UPDATE_BUGS[bug])
    monkeypatch.setattr(update_pipeline, "NeuronLane", wrong.NeuronLane)
    refute(UpdateProperties(), tmp_path)


def test_column_sum(tmp_path):
    wrong = planted(column_sum, "Mux(ended, 0, self.sums", "Mux(0, 0, self.sums")
    part = wrong.ColumnSum(SimpleNamespace(update_lanes=4, sum_bits=2))
    refute(ColumnSumProperties(part), tmp_path, 4)


def test_scanner(tmp_path):
    wrong = planted(bit_scanner, "self.o.ready & (rest == 0)", "self.o.ready")
    refute(ScannerProperties(wrong.BitScanner(4, ScannerProperties.TAG)), tmp_path)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("done.eq(pointer_valid & (none | (last & advance)))", "done.eq(pointer_valid & last)"),
     ("bus.w_en & hit", "hit")],
    ids=["a column lost", "a READ that writes"],
)  # fmt: skip
def test_routes(monkeypatch, tmp_path, right, wrong):
    monkeypatch.setattr(spike_sender, "RouteUnit", planted(route_unit, right, wrong).RouteUnit)
    refute(RouteProperties(), tmp_path)


@pytest.mark.parametrize("bug", BANK_BUGS)
def test_axon_bank(tmp_path, bug):
    refute(AxonBankProperties(planted(axon_bank, *BANK_BUGS[bug]).AxonBank), tmp_path, 10)


@pytest.mark.parametrize("bug", CORE_BUGS)
def test_core(tmp_path, bug):
    module, right, wrong = CORE_BUGS[bug]
    parts = {"CrossbarCore": core.CrossbarCore, "TickControl": tick_control.TickControl}
    changed = planted(module, right, wrong)
    parts |= {name: getattr(changed, name) for name in changed.__all__}
    refute(CoreProperties(TINY, *parts.values()), tmp_path)


@pytest.mark.parametrize("bug", CONFIG_BUGS)
def test_config(monkeypatch, open_answers, tmp_path, bug):
    module, right, wrong = CONFIG_BUGS[bug]
    changed = planted(module, right, wrong)
    monkeypatch.setattr(changed, "SyncFIFOBuffered", OpenFifo, raising=False)
    if module is answer_queue:
        monkeypatch.setattr(unit, "AnswerQueue", changed.AnswerQueue)
    refute(ConfigProperties(getattr(changed, "ConfigUnit", unit.ConfigUnit)()), tmp_path)


def test_packet_queue(tmp_path):
    wrong = planted(packet_queue, "queue.w_en.eq(self.i.valid)", "queue.w_en.eq(self.i.ready)")
    refute(PacketQueueProperties(wrong.PacketQueue(4)), tmp_path, 4)


@pytest.mark.parametrize("bug", ["DONE before it is idle", "spikes for the tick that runs"])
def test_gate(tmp_path, bug):
    refute(TickGateProperties(planted(tick_gate, *GATE_BUGS[bug]).TickGate(2)), tmp_path)


@pytest.mark.parametrize("bug", ["a tick amid a tick", "spikes for the tick that runs"])
def test_barrier(tmp_path, bug):
    """As the cores see it: spikes of two ticks meet."""
    refute(BarrierProperties(planted(tick_gate, *GATE_BUGS[bug]).TickGate(2)), tmp_path)
