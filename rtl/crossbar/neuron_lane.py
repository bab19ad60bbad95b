"""One update lane: the parameters and potentials of its columns, and their neuron step."""

from amaranth.hdl import *
from amaranth.lib import data, memory, wiring
from amaranth.lib.wiring import In, Out
from mapper.crossbar.layout import CONTROL, ColumnField
from mapper.crossbar.params import CoreParams

from ..layouts import struct
from .column_sum import ColumnSum
from .neuron_control import NEURON
from .neuron_step import NeuronStep

__all__ = ["NeuronLane"]


class NeuronLane(wiring.Component):
    """Holds every update_lanes-th column. A chunk passes in LATENCY cycles, one per cycle:

    cycle 0 `chunk` valid, control read, count latched; 1 term = +-count << shift; 2 the lanes'
    columns are summed outside, state read; 3 `sum` valid, decay; 4 integrate, fire, reset;
    5 write back, `fired` valid.

    Members
    -------
    valid: In(1); chunk: In; count: In(count_bits); fresh: In(1), use the initial potential
    term: Out(signed(sum_bits)) and last: Out(1), 2 cycles after `chunk`
    sum: In(signed(sum_bits)), 3 cycles after
    fired, saturated: Out(1), 5 cycles after
    config_select, config_write: In(1); config_chunk, config_field, config_data: In
    config_read: Out(signed(32)), 1 cycle after a stable address, whatever the selection
    """

    LATENCY = 2 + ColumnSum.LATENCY + NeuronStep.LATENCY

    def __init__(self, core: CoreParams) -> None:
        self.core = core
        row = range(max(core.chunks, 2))
        super().__init__({
            "valid": In(1), "chunk": In(row), "count": In(core.count_bits), "fresh": In(1),
            "term": Out(signed(core.sum_bits)), "last": Out(1), "sum": In(signed(core.sum_bits)),
            "fired": Out(1), "saturated": Out(1),
            "config_select": In(1), "config_write": In(1), "config_chunk": In(row),
            "config_field": In(3), "config_data": In(32), "config_read": Out(32),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        stages = [self._bundle(m, i) for i in range(self.LATENCY + 1)]
        control = self._parameter(m, "control", struct(CONTROL), ColumnField.CONTROL, self.chunk,
                                  self.valid)  # fmt: skip
        chunk, valid = stages[2].chunk, stages[2].valid
        shape = signed(self.core.potential_bits)
        threshold = self._parameter(m, "threshold", shape, ColumnField.THRESHOLD, chunk, valid)
        initial = self._parameter(m, "initial", shape, ColumnField.INITIAL, chunk, valid)
        bias = self._parameter(m, "bias", shape, ColumnField.BIAS, chunk, valid)
        self._term(m, control)
        neuron = self._carry_control(m, control)
        self._update(m, stages, neuron, threshold, initial, bias)
        return m

    def _bundle(self, m: Module, stage: int) -> data.View:
        """(valid, chunk) delayed by `stage` cycles."""
        layout = data.StructLayout({"valid": 1, "chunk": self.chunk.shape()})
        now = Signal(layout, name=f"stage_{stage}")
        if stage == 0:
            m.d.comb += [now.valid.eq(self.valid), now.chunk.eq(self.chunk)]
        else:
            m.d.sync += now.eq(self._previous)
        self._previous = now
        return now

    def _parameter(
        self, m: Module, name: str, shape: object, field: ColumnField, chunk: Value, valid: Value
    ) -> Value:
        """A memory that the update reads at `chunk` and the config bus reads and writes."""
        stored = memory.Memory(shape=shape, depth=self.core.chunks, init=[])
        m.submodules[name] = stored
        read, write = stored.read_port(), stored.write_port()
        m.d.comb += [
            read.addr.eq(Mux(valid, chunk, self.config_chunk)),
            write.addr.eq(self.config_chunk),
            Value.cast(write.data).eq(self.config_data),
            write.en.eq(self._writes(field)),
        ]
        with m.If(self.config_field == field):
            m.d.comb += self.config_read.eq(Value.cast(read.data))
        return read.data

    def _writes(self, field: ColumnField) -> Value:
        return self.config_select & self.config_write & (self.config_field == field)

    def _term(self, m: Module, control: data.View) -> None:
        count, term = Signal.like(self.count), Signal(self.term.shape())
        m.d.comb += term.eq(count << control.shift)
        m.d.sync += [
            count.eq(self.count),
            self.term.eq(Mux(control.negative, -term, term)),
            self.last.eq(control.last),
        ]

    def _carry_control(self, m: Module, control: data.View) -> data.View:
        """The neuron's part of the control word, with `last`, two cycles after its read."""
        layout = data.StructLayout({"last": 1, "neuron": struct(NEURON)})
        steps = [Signal(layout, name=f"control_{i}") for i in range(2)]
        m.d.sync += [steps[0].last.eq(control.last), steps[1].eq(steps[0])]
        m.d.sync += [steps[0].neuron[n].eq(control[n]) for n, _ in NEURON.fields]
        return steps[1]

    def _update(
        self, m: Module, stages: list, neuron: data.View, threshold: Value, initial: Value,
        bias: Value,
    ) -> None:  # fmt: skip
        v_shape = signed(self.core.potential_bits)
        layout = data.StructLayout({"v": v_shape, "held": 1})
        state = memory.Memory(shape=layout, depth=self.core.chunks, init=[])
        m.submodules.potential = state
        read, write = state.read_port(), state.write_port()
        m.submodules.step = step = NeuronStep(self.core)
        last = Signal(step.LATENCY)  # of the chunks inside `step`
        m.d.sync += last.eq(Cat(neuron.last, last))
        done = stages[self.LATENCY]
        writes = done.valid & last[-1]
        m.d.comb += [
            read.addr.eq(Mux(stages[2].valid, stages[2].chunk, self.config_chunk)),
            step.v.eq(Mux(self.fresh, initial, read.data.v)),
            step.held.eq(read.data.held & ~self.fresh),
            step.sum.eq(self.sum), step.control.eq(neuron.neuron),
            step.threshold.eq(threshold), step.bias.eq(bias),
            self.fired.eq(step.fired & writes), self.saturated.eq(step.saturated & writes),
            write.addr.eq(Mux(writes, done.chunk, self.config_chunk)),
            write.en.eq(writes | self._writes(ColumnField.POTENTIAL)),
            write.data.v.eq(Mux(writes, step.v_next, self.config_data.as_signed())),
            write.data.held.eq(writes & step.held_next),
        ]  # fmt: skip
        with m.If(self.config_field == ColumnField.POTENTIAL):
            m.d.comb += self.config_read.eq(read.data.v)
