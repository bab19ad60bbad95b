"""Makes events long enough to be seen."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["Pulse"]


class Pulse(wiring.Component):
    """A lamp that stays on for 2^bits cycles after an event.

    Members
    -------
    event: In(1); lamp: Out(1)
    """

    def __init__(self, bits: int) -> None:
        self.bits = bits
        super().__init__({"event": In(1), "lamp": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        left = Signal(self.bits)
        m.d.sync += self.lamp.eq(left != 0)
        with m.If(self.event):
            m.d.sync += left.eq(-1)
        with m.Elif(left != 0):
            m.d.sync += left.eq(left - 1)
        return m
