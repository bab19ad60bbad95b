"""From positions of the kernel to the values on the word lines, group by group."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from mapper.pim.params import MacroParams

__all__ = ["Gather", "RowGroup"]


class RowGroup(data.StructLayout):
    """Values of the rows of a group. group: of all rows of stacked banks; last: of the position;
    final: of the last position.
    """

    def __init__(self, macro: MacroParams) -> None:
        super().__init__({
            "values": data.ArrayLayout(macro.activation_bits, macro.rows_active),
            "group": range(macro.groups * macro.banks), "last": 1, "final": 1,
        })  # fmt: skip


class Gather(wiring.Component):
    """Row r at position p is driven by input value position[p] + row[r]; rows beyond the fan-in
    by 0. The next group is gathered while the one before is in use: R + 3 cycles a group.

    Members
    -------
    start: In(1), of a sample; positions, rows: In, registers; both at least 1
    row, position: the tables' ports: `*_read`: Out(1), `*_index`: Out, `*_word`: In, a cycle later
    value_read: Out(1), place: Out, value: In, a cycle later
    o: Out(stream RowGroup); busy: Out(1)
    """

    def __init__(self, macro: MacroParams) -> None:
        self.macro = macro
        place = range(macro.activations)
        super().__init__({
            "start": In(1), "positions": In(range(macro.positions + 1)),
            "rows": In(range(macro.rows * macro.banks + 1)),
            "position_read": Out(1), "position_index": Out(range(macro.positions)),
            "position_word": In(place),
            "row_read": Out(1), "row_index": Out(range(macro.rows * macro.banks)),
            "row_word": In(place),
            "value_read": Out(1), "place": Out(place), "value": In(macro.activation_bits),
            "o": Out(stream.Signature(RowGroup(macro))), "busy": Out(1),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        macro, row = self.macro, self.row_index
        per_group = macro.rows_active
        position, last_row, filled = self.position_index, Signal(), Signal()
        values = Signal(data.ArrayLayout(macro.activation_bits, per_group))
        # A row's offset is on its way, then its value; not real: a row beyond the fan-in.
        flight, real = Signal(2), Signal(2)
        m.d.comb += [
            last_row.eq(row[: per_group.bit_length() - 1].all()),
            self.place.eq(self.position_word + self.row_word),
            self.value_read.eq(flight[0]),
        ]
        m.d.sync += [flight.eq(Cat(self.row_read, flight)), real.eq(Cat(row < self.rows, real))]
        with m.If(flight[1]):
            newest = Mux(real[1], self.value, 0)
            m.d.sync += Value.cast(values).eq(Cat(Value.cast(values), newest)[len(newest) :])
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        group, last = Signal.like(self.o.p.group), Signal()
        with m.FSM() as fsm:
            m.d.comb += self.busy.eq(~fsm.ongoing("IDLE") | self.o.valid)
            with m.State("IDLE"):
                m.d.sync += [position.eq(0), row.eq(0)]
                with m.If(self.start):
                    m.next = "POSITION"
            with m.State("POSITION"):
                m.d.comb += self.position_read.eq(1)
                m.next = "FILL"
            with m.State("FILL"):
                m.d.comb += [self.position_read.eq(1), self.row_read.eq(1)]
                m.d.sync += row.eq(row + 1)
                with m.If(last_row):
                    m.d.sync += [
                        group.eq(row >> (per_group.bit_length() - 1)),
                        last.eq(row + 1 >= self.rows),
                    ]
                    m.next = "WAIT"
            with m.State("WAIT"):
                m.d.comb += self.position_read.eq(1)
                with m.If(~flight.any()):
                    m.d.comb += filled.eq(~self.o.valid | self.o.ready)
                with m.If(filled):
                    m.d.sync += [
                        self.o.valid.eq(1),
                        self.o.p.values.eq(values),
                        self.o.p.group.eq(group), self.o.p.last.eq(last),
                        self.o.p.final.eq(last & (position + 1 == self.positions)),
                    ]  # fmt: skip
                    with m.If(~last):
                        m.next = "FILL"
                    with m.Else():
                        m.d.sync += [row.eq(0), position.eq(position + 1)]
                        m.next = "POSITION"
                        with m.If(position + 1 == self.positions):
                            m.next = "IDLE"
        return m
