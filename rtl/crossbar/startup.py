"""What a reset cannot do at once: emptying memories."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import Out

__all__ = ["Startup"]


class Startup(wiring.Component):
    """After a reset, walks through `rows` rows, one per cycle; the core is not ready meanwhile.

    Axon bitmaps and counters must be empty before the first spike arrives. At power-up they are,
    but a reset may come in the middle of a tick.

    Members
    -------
    wiping: Out(1); row: Out(range(rows)), the row to write 0 to
    """

    def __init__(self, rows: int) -> None:
        self.rows = rows
        super().__init__({"wiping": Out(1, init=1), "row": Out(range(max(rows, 2)))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        row = Signal.like(self.row)
        m.d.comb += self.row.eq(row)
        with m.If(self.wiping):
            m.d.sync += [row.eq(row + 1), self.wiping.eq(row != self.rows - 1)]
        return m
