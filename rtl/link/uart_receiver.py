"""From a serial line to bytes."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

__all__ = ["UartReceiver"]


class UartReceiver(wiring.Component):
    """8 data bits, least significant first, no parity, one stop bit.

    Each bit is what two of three samples around its middle say, a stop bit is high in one of the
    first two, and a start bit, where bits last 8 cycles or more, is low for two. So a glitch of
    one cycle changes nothing. A frame without stop bit is dropped; the next one may start when
    the line has been high again.

    Parameters
    ----------
    divisor: clock cycles per bit, at least 4. A sender may be off by 4 % in each frame

    Members
    -------
    rx: In(1), the pin; byte: Out(8), with valid: Out(1), for one cycle: a line cannot wait
    error: Out(1), a frame had no stop bit, for one cycle
    """

    def __init__(self, divisor: int) -> None:
        if divisor < 4:
            raise ValueError(f"divisor {divisor}: a bit must last at least 4 clock cycles")
        self.divisor = divisor
        super().__init__({
            "rx": In(1, init=1), "byte": Out(8), "valid": Out(1), "error": Out(1),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        line, cycle, bit = Signal(init=1), Signal(range(self.divisor)), Signal(range(10))
        m.submodules.pin = FFSynchronizer(self.rx, line, init=1)
        votes, high, byte = Signal(2), Signal(), self.byte
        middle, apart = (self.divisor - 1) // 2, max(1, self.divisor // 8)
        before, slow = Signal(init=1), self.divisor >= 8
        m.d.comb += high.eq((votes + line) >= 2)
        m.d.sync += [self.valid.eq(0), self.error.eq(0), before.eq(line)]
        with m.FSM():
            with m.State("idle"):
                m.d.sync += [cycle.eq(1 + slow), bit.eq(0), votes.eq(0)]
                with m.If(~line & ~(before & slow)):
                    m.next = "frame"
            with m.State("frame"):
                m.d.sync += cycle.eq(cycle + 1)
                with m.If((cycle == middle - apart) | (cycle == middle)):
                    m.d.sync += votes.eq(votes + line)
                with m.If(cycle == middle + apart):
                    m.d.sync += [votes.eq(0), byte.eq(Cat(byte[1:], high))]
                    with m.If((bit == 0) & high):  # no start bit but a glitch
                        m.next = "idle"
                with m.If((bit == 9) & (cycle == middle)):
                    stop = line | (votes != 0)
                    m.d.sync += [self.valid.eq(stop), self.error.eq(~stop)]
                    m.next = "idle"  # in time for the next frame of a fast sender
                    with m.If(~stop):
                        m.next = "broken"
                with m.If(cycle == self.divisor - 1):
                    m.d.sync += [cycle.eq(0), bit.eq(bit + 1)]
            with m.State("broken"):
                with m.If(line):
                    m.next = "idle"
        return m
