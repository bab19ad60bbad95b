"""A queue whose contents a proof can see, in place of Amaranth's."""

from amaranth.hdl import Elaboratable, Module, Signal, Value
from amaranth.lib.fifo import FIFOInterface

__all__ = ["OpenFifo"]


class OpenFifo(Elaboratable, FIFOInterface):
    """Does whatever a SyncFIFOBuffered could do, and more: in every cycle in which nothing is
    offered yet, `lag`, which a property leaves free, may keep the oldest entry back. So what is
    proved with it holds with Amaranth's queue too; `FifoProperties` proves that of the latter.

    entries: oldest first, the first `level` of them
    """

    def __init__(self, *, width: int, depth: int) -> None:
        FIFOInterface.__init__(self, width=width, depth=depth)
        self.level, self.lag = Signal(range(depth + 1)), Signal()
        self.entries = [Signal(width, name=f"entry_{i}") for i in range(depth)]

    def elaborate(self, platform: object) -> Module:
        m = Module()
        offered, writes, reads = Signal(), Signal(), Signal()
        m.d.comb += [
            self.w_rdy.eq(self.level != self.depth),
            self.r_rdy.eq((self.level != 0) & (offered | ~self.lag)),
            self.r_data.eq(self.entries[0]),
            writes.eq(self.w_en & self.w_rdy), reads.eq(self.r_en & self.r_rdy),
        ]  # fmt: skip
        m.d.sync += [
            offered.eq(self.r_rdy & ~self.r_en),
            self.level.eq(self.level + writes - reads),
        ]
        for i, entry in enumerate(self.entries):
            following: Value = self.entries[min(i + 1, self.depth - 1)]
            with m.If(writes & (self.level == i + reads)):
                m.d.sync += entry.eq(self.w_data)
            with m.Elif(reads):
                m.d.sync += entry.eq(following)
        return m
