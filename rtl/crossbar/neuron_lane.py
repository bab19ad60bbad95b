"""One update lane: the parameters and potentials of its columns, and their neuron step."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed
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

    cycle 0 control read, count latched; 1 term = +-count << shift; 2 the lanes' columns are
    summed outside, state read; 3 `sum` valid, decay; 4 integrate, fire, reset; 5 write back,
    `fired` valid. All lanes work in step, so `valid` and the rows come from outside.

    Members
    -------
    valid: In(LATENCY + 1), valid[i]: a chunk is in cycle i
    control_row: In, row (chunk) in cycle 0; state_row: in cycle 2; write_row: in cycle 5;
        config_row: that of the config bus. Where its cycle is not valid, each is config_row.
        All have the bank above the chunk; the potentials have no banks.
    count: In(count_bits), cycle 0; fresh: In(1), use the initial potential
    term: Out(signed(sum_bits)) and last: Out(1), cycle 2; sum: In(signed(sum_bits)), cycle 3
    fired, saturated: Out(1), cycle 5
    config_select: In(1), the access is to this lane; config_data: In
    config_write: In, bit f writes ColumnField f of the selected lane
    read_select, read_field: In, the selection one cycle later; config_read: Out(32), 0 unless
        selected then
    """

    LATENCY = 2 + ColumnSum.LATENCY + NeuronStep.LATENCY

    def __init__(self, core: CoreParams) -> None:
        self.core = core
        row = max(core.row_bits + core.bank_bits, 1)
        super().__init__({
            "valid": In(self.LATENCY + 1),
            "control_row": In(row), "state_row": In(row), "write_row": In(row),
            "config_row": In(row),
            "count": In(core.count_bits), "fresh": In(1),
            "term": Out(signed(core.sum_bits)), "last": Out(1), "sum": In(signed(core.sum_bits)),
            "fired": Out(1), "saturated": Out(1),
            "config_select": In(1), "config_write": In(ColumnField.POTENTIAL + 1),
            "config_data": In(32),
            "read_select": In(1), "read_field": In(3), "config_read": Out(32),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        v = signed(self.core.potential_bits)
        parameters = {
            ColumnField.CONTROL: (struct(CONTROL), self.control_row, self.valid[0]),
            ColumnField.THRESHOLD: (v, self.state_row, self.valid[2]),
            ColumnField.INITIAL: (v, self.state_row, self.valid[2]),
            ColumnField.BIAS: (v, self.state_row, self.valid[2]),
        }
        read = {f: self._parameter(m, f, *where) for f, where in parameters.items()}
        self._term(m, read[ColumnField.CONTROL])
        read[ColumnField.POTENTIAL] = self._update(m, read)
        with m.If(self.read_select), m.Switch(self.read_field):
            for field, value in read.items():
                with m.Case(field):
                    m.d.comb += self.config_read.eq(Value.cast(value))
        return m

    def _parameter(
        self, m: Module, field: ColumnField, shape: object, row: Value, valid: Value
    ) -> Value:
        """A memory that only the config bus writes."""
        name = field.name.lower()
        depth = self.core.chunks * self.core.banks
        m.submodules[name] = stored = memory.Memory(shape=shape, depth=depth, init=[])
        read, write = stored.read_port(), stored.write_port()
        m.d.comb += [
            read.addr.eq(row),
            read.en.eq(valid | self.config_select),
            write.addr.eq(self.config_row),
            Value.cast(write.data).eq(self.config_data),
            write.en.eq(self._writes(field)),
        ]
        return read.data

    def _writes(self, field: ColumnField) -> Value:
        return self.config_select & self.config_write[field]

    def _term(self, m: Module, control: data.View) -> None:
        count = Signal(self.count.shape(), reset_less=True)
        strong = (count << control.shift)[: len(self.term) - 1]
        with m.If(self.valid[0]):
            m.d.sync += count.eq(self.count)
        with m.If(self.valid[1]):
            m.d.sync += [
                self.term.eq(Mux(control.negative, -strong, strong)),
                self.last.eq(control.last),
            ]

    def _carry(self, m: Module, control: data.View) -> data.View:
        """The neuron's part of the control word, with `last`, two cycles after its read."""
        layout = data.StructLayout({"last": 1, "neuron": struct(NEURON)})
        steps = [Signal(layout, reset_less=True, name=f"control_{i}") for i in range(2)]
        with m.If(self.valid[1]):
            m.d.sync += steps[0].last.eq(control.last)
            m.d.sync += [steps[0].neuron[n].eq(control[n]) for n, _ in NEURON.fields]
        with m.If(self.valid[2]):
            m.d.sync += steps[1].eq(steps[0])
        return steps[1]

    def _update(self, m: Module, read: dict[ColumnField, Value]) -> Value:
        """The neuron step between read and write of the state; returns the stored potential."""
        layout = data.StructLayout({"v": signed(self.core.potential_bits), "held": 1})
        m.submodules.potential = state = memory.Memory(
            shape=layout, depth=self.core.chunks, init=[]
        )
        old, new = state.read_port(), state.write_port()
        m.submodules.step = step = NeuronStep(self.core)
        control = self._carry(m, read[ColumnField.CONTROL])
        last = Signal(step.LATENCY, reset_less=True)  # of the chunks inside `step`
        m.d.sync += last.eq(Cat(control.last, last))
        writes = self.valid[self.LATENCY] & last[-1]
        m.d.comb += [
            step.valid.eq(self.valid[3:5]),
            old.addr.eq(self.state_row[: self.core.row_bits]),
            old.en.eq(self.valid[2] | self.config_select),
            step.v.eq(Mux(self.fresh, read[ColumnField.INITIAL], old.data.v)),
            step.held.eq(old.data.held & ~self.fresh),
            step.sum.eq(self.sum), step.control.eq(control.neuron),
            step.threshold.eq(read[ColumnField.THRESHOLD]), step.bias.eq(read[ColumnField.BIAS]),
            self.fired.eq(step.fired & writes), self.saturated.eq(step.saturated & writes),
            new.addr.eq(self.write_row[: self.core.row_bits]),
            new.en.eq(writes | self._writes(ColumnField.POTENTIAL)),
            new.data.v.eq(Mux(writes, step.v_next, self.config_data.as_signed())),
            new.data.held.eq(writes & step.held_next),
        ]  # fmt: skip
        return old.data.v
