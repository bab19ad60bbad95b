"""From an SPI bus to bytes and back."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

from mapper.frames import FLAG

__all__ = ["SpiPeripheral"]


class SpiPeripheral(wiring.Component):
    """Mode 0, most significant bit first, one byte each way at a time; sclk is sampled, not a
    clock.

    Each level of sclk lasts 4 clock cycles or more, and so does the time between an edge of cs_n
    and one of sclk: cipo changes up to 3 cycles after sclk falls (two of the synchronizer, one of
    its register), and the host reads it when sclk rises. So sclk may have an eighth of the clock's
    frequency.

    When there is no byte for the host it gets a FLAG, which is nothing between frames. A byte
    counts as sent with its last bit: if cs_n rises before, it is sent again in the next
    transaction, and what had come of the host's byte is dropped. Bits are counted from the edge of
    cs_n, so an edge of sclk too many or too few spoils bytes up to the end of its transaction.

    Members
    -------
    sclk, cs_n, copi: In(1), pins; cipo: Out(1), the pin while cipo_oe: Out(1)
    i: In(stream of bytes); within a frame a byte must be there 3 cycles after the one before
    byte: Out(8), with valid: Out(1), for one cycle
    lost: Out(1), cs_n rose within a byte, for one cycle
    """

    def __init__(self) -> None:
        super().__init__({
            "sclk": In(1), "cs_n": In(1, init=1), "copi": In(1), "cipo": Out(1), "cipo_oe": Out(1),
            "i": In(stream.Signature(8)), "byte": Out(8), "valid": Out(1), "lost": Out(1),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        sclk, idle, copi = Signal(), Signal(init=1), Signal()
        m.submodules.sclk = FFSynchronizer(self.sclk, sclk)
        m.submodules.cs_n = FFSynchronizer(self.cs_n, idle, init=1)
        m.submodules.copi = FFSynchronizer(self.copi, copi)
        was_high, was_idle = Signal(), Signal(init=1)
        m.d.sync += [was_high.eq(sclk), was_idle.eq(idle)]
        rises, falls = ~idle & sclk & ~was_high, ~idle & ~sclk & was_high
        bit, last, rest, real = Signal(3), Signal(), Signal(8), Signal()  # real: no FLAG of ours
        m.d.comb += [
            last.eq(rises & (bit == 7)), self.i.ready.eq(last & real), self.cipo.eq(rest[-1]),
            # Not through the clock: another device may drive the wire at once.
            self.cipo_oe.eq(~self.cs_n),
        ]  # fmt: skip
        m.d.sync += [self.valid.eq(last), self.lost.eq(idle & ~was_idle & (bit != 0))]
        with m.If(rises):
            m.d.sync += [bit.eq(bit + 1), self.byte.eq(Cat(copi, self.byte[:-1]))]
        with m.If(falls):
            m.d.sync += rest.eq(rest << 1)
        with m.If((falls & (bit == 0)) | (was_idle & ~idle)):
            m.d.sync += [rest.eq(Mux(self.i.valid, self.i.payload, FLAG)), real.eq(self.i.valid)]
        with m.If(idle):
            m.d.sync += bit.eq(0)
        return m
