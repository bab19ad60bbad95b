"""What the column sum promises: the terms of each neuron, added one after the other."""

from amaranth.hdl import Assume, Module, Mux, Signal, Value
from amaranth.lib.wiring import In

from rtl.crossbar.column_sum import ColumnSum

from .prover import Property

__all__ = ["ColumnSumProperties"]

_WIDEST = 8  # columns of a complete neuron


class ColumnSumProperties(Property):
    """Any terms and ends, in chunks with any pauses between them, neurons of up to 8 columns."""

    def __init__(self, part: ColumnSum) -> None:
        self.part = part
        super().__init__({
            "i_valid": In(1), "terms": In(part.shape).array(part.lanes), "lasts": In(part.lanes),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = self.start()
        m.submodules.part = part = self.part
        so_far, columns = Signal(part.shape), Signal(range(_WIDEST + 1))
        m.d.comb += [
            part.i_valid.eq(self.i_valid), part.lasts.eq(self.lasts),
            *(there.eq(term) for there, term in zip(part.terms, self.terms, strict=True)),
        ]  # fmt: skip
        total: Value = so_far
        count: Value = columns
        shown = self.before(m, self.i_valid)
        for lane in range(part.lanes):
            now, length = Signal(part.shape), Signal(range(_WIDEST + 2))
            m.d.comb += [now.eq(total + self.terms[lane]), length.eq(count + 1)]
            m.d.comb += Assume(~self.i_valid | (length <= _WIDEST))
            ends = self.lasts[lane]
            right = part.sums[lane] == self.before(m, now)
            self.claim(m, ~(shown & self.before(m, ends)) | right)
            total, count = Mux(ends, 0, now), Mux(ends, 0, length)
        with m.If(self.i_valid):
            m.d.sync += [so_far.eq(total), columns.eq(count)]
        carried = Mux(part.ended, 0, part.sums[part.lanes - 1])
        self.claim(m, Mux(shown, carried, part.carry) == so_far)
        self.claim(m, columns <= _WIDEST)
        return m
