"""From words of flags to the indices of the flags that are set."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["BitScanner"]


class BitScanner(wiring.Component):
    """Emits one (tag, index) per set bit of each input word, lowest bit first.

    Throughput: one index per cycle, also across words. Latency: 1. Input words must not be zero.
    Back-pressure: on both sides.

    Parameters
    ----------
    width: bits of a word
    tag: shape that accompanies a word to its indices

    Members
    -------
    i: In(stream {"tag": tag, "bits": width})
    o: Out(stream {"tag": tag, "index": range(width)})
    """

    def __init__(self, width: int, tag: object) -> None:
        self.width = width
        self._word = data.StructLayout({"tag": tag, "bits": width})
        index = data.StructLayout({"tag": tag, "index": range(max(width, 2))})
        super().__init__({"i": In(stream.Signature(self._word)),
                          "o": Out(stream.Signature(index))})  # fmt: skip
        self.word = Signal(self._word)  # whose flags are still to be told

    def elaborate(self, platform: object) -> Module:
        m = Module()
        word, valid = self.word, Signal()
        lowest, rest = Signal(self.width), Signal(self.width)
        m.d.comb += [
            lowest.eq(word.bits & -word.bits),
            rest.eq(word.bits & ~lowest),
            self.o.valid.eq(valid),
            self.o.p.tag.eq(word.tag),
            self.i.ready.eq(~valid | (self.o.ready & (rest == 0))),
        ]
        for bit in range(len(self.o.p.index)):
            ones = Cat((i >> bit) & 1 for i in range(self.width))
            m.d.comb += self.o.p.index[bit].eq((lowest & ones).any())
        with m.If(self.i.ready):
            m.d.sync += [valid.eq(self.i.valid), word.eq(self.i.p)]
        with m.Elif(self.o.ready):
            m.d.sync += word.bits.eq(rest)
        return m
