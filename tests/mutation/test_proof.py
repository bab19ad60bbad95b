"""What Yosys proves equal, and what it must not."""

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from tools.mutation.proof import proved_equal


class Inner(wiring.Component):
    """Counts to `last`; width: of its input, of which the top bits may be unused."""

    def __init__(self, width: int = 4, last: int = 9, init: int = 0, step: int = 1) -> None:
        self.last, self.step, self.initial = last, step, init
        super().__init__({"go": In(1), "add": In(width), "count": Out(4, init=init)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        with m.If(self.count == self.last):
            m.d.sync += self.count.eq(0)
        with m.Elif(self.go):
            m.d.sync += self.count.eq(self.count + self.add[:4] * self.step)
        return m


class Outer(wiring.Component):
    """Twice an Inner."""

    def __init__(self, swapped: bool = False, **changes: int) -> None:
        self.swapped, self.changes = swapped, changes
        super().__init__({"go": In(1), "add": In(4), "o": Out(8)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.one = one = Inner(**self.changes)
        m.submodules.other = other = Inner()
        parts = (other, one) if self.swapped else (one, other)
        either = Signal(4)
        m.d.comb += [
            either.eq(self.add | one.add[:4] & 0),
            one.go.eq(self.go), one.add.eq(self.add), other.go.eq(self.go & (either == 3)),
            other.add.eq(self.add), self.o.eq(Cat(part.count for part in parts)),
        ]  # fmt: skip
        return m


@pytest.mark.parametrize(
    ("change", "equal"),
    [
        ({}, True),
        ({"width": 6}, True),
        ({"step": 17}, True),
        ({"last": 8}, False),
        ({"init": 2}, False),
        ({"step": 3}, False),
        ({"width": 3}, False),
        ({"swapped": True}, False),
    ],
)
def test_equal_is_what_does_the_same(change, equal):
    gold, gate = (rtlil.convert(outer, emit_src=False) for outer in (Outer(), Outer(**change)))
    assert (gold == gate) == (not change)
    assert proved_equal(gold, gate, 30) == equal
