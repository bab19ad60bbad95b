"""What the bit scanner promises: the index of every flag that is set, once, the lowest first."""

from amaranth.hdl import Assume, Cat, Module, Signal, Value
from amaranth.lib.wiring import In

from rtl.bit_scanner import BitScanner

from .prover import Property

__all__ = ["ScannerProperties"]


class ScannerProperties(Property):
    """Any words that are not 0, and stalls on both sides. `left` are the flags not told yet."""

    TAG = 2

    def __init__(self, scanner: BitScanner) -> None:
        self.width, self.scanner = scanner.width, scanner
        inputs = {"bits": In(scanner.width), "tag": In(self.TAG)}
        super().__init__({"valid": In(1), "ready": In(1), **inputs})

    def elaborate(self, platform: object) -> Module:
        m = self.start()
        m.submodules.scanner = scanner = self.scanner
        i, o, width = scanner.i, scanner.o, self.width
        left, tag = Signal(width), Signal(self.TAG)
        m.d.comb += [
            i.valid.eq(self.valid), i.p.bits.eq(self.bits), i.p.tag.eq(self.tag),
            o.ready.eq(self.ready), Assume(self.bits != 0),
        ]  # fmt: skip
        told = Signal(width)
        m.d.comb += told.eq(left & -left)
        with m.If(o.valid & o.ready):
            m.d.sync += left.eq(left & ~told)
        with m.If(i.valid & i.ready):
            m.d.sync += [left.eq(self.bits), tag.eq(self.tag)]
        self.claim(m, o.valid == (left != 0))
        self.claim(m, ~o.valid | (Cat(o.p.index == bit for bit in range(width)) == told))
        self.claim(m, ~o.valid | (o.p.tag == tag))
        # A word may come as soon as the last flag of the one before is taken.
        self.claim(m, i.ready == ((left == 0) | (self.ready & (left == told))))
        waits = self.before(m, o.valid & ~o.ready)
        offer = Cat(o.valid, Value.cast(o.payload))
        self.claim(m, ~waits | (offer == self.before(m, offer)))
        self.claim(m, ~o.valid | (Value.cast(scanner.word) == Cat(tag, left)))
        return m
