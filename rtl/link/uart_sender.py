"""From bytes to a serial line."""

from amaranth.hdl import C, Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["UartSender"]


class UartSender(wiring.Component):
    """8 data bits, least significant first, no parity, one stop bit; no pause between bytes.

    Parameters
    ----------
    divisor: clock cycles per bit

    Members
    -------
    i: In(stream of bytes); tx: Out(1), the pin, high at rest
    """

    def __init__(self, divisor: int) -> None:
        self.divisor = divisor
        super().__init__({"i": In(stream.Signature(8)), "tx": Out(1, init=1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        cycle, left = Signal(range(self.divisor)), Signal(range(11))
        rest = Signal(9, init=-1)  # of the frame; behind it the line is high
        over = cycle == self.divisor - 1
        m.d.comb += self.i.ready.eq((left == 0) | ((left == 1) & over))
        m.d.sync += cycle.eq(cycle + 1)
        with m.If(over):
            m.d.sync += [cycle.eq(0), Cat(self.tx, rest).eq(Cat(rest, C(1, 1)))]
            with m.If(left != 0):
                m.d.sync += left.eq(left - 1)
        with m.If(self.i.ready & self.i.valid):
            m.d.sync += [cycle.eq(0), left.eq(10), self.tx.eq(0), rest.eq(Cat(self.i.payload, 1))]
        return m
