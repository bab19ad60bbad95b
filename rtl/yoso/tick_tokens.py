"""Counts the tokens that have arrived, tick by tick."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from mapper.yoso.params import PeParams

__all__ = ["SOURCE_BITS", "TickTokens"]

SOURCE_BITS = 7
"""Bits of a number of sources: 64 PEs and the host."""


class TickTokens(wiring.Component):
    """A tick is complete when a token of every source is there.

    Members
    -------
    push: In(1), a token arrives in this cycle; push_tick: its tick
    surplus: Out(1), that tick has all its tokens already, this one would not be counted
    clear: In(1), forget all; no push in the same cycle
    sources: In; tick: In; complete: Out(1), the tokens of `tick` are there
    """

    def __init__(self, pe: PeParams) -> None:
        self.pe = pe
        tick = range(pe.ticks)
        super().__init__({
            "push": In(1), "push_tick": In(tick), "surplus": Out(1), "clear": In(1),
            "sources": In(SOURCE_BITS), "tick": In(tick), "complete": Out(1),
        })  # fmt: skip
        self.known = Signal(pe.ticks)  # ticks with a token; the others' counts are not valid

    def elaborate(self, platform: object) -> Module:
        m = Module()
        known = self.known
        m.submodules.counts = counts = memory.Memory(
            shape=SOURCE_BITS, depth=self.pe.ticks, init=[]
        )
        write = counts.write_port()
        before, now = counts.read_port(domain="comb"), counts.read_port(domain="comb")
        counted = Mux(known.bit_select(self.push_tick, 1), before.data, 0)
        m.d.comb += [
            before.addr.eq(self.push_tick),
            now.addr.eq(self.tick),
            write.addr.eq(self.push_tick),
            write.data.eq(counted + 1),
            write.en.eq(self.push & ~self.surplus),
            self.surplus.eq(counted >= self.sources),
            self.complete.eq(known.bit_select(self.tick, 1) & (now.data == self.sources)),
        ]
        with m.If(write.en):
            m.d.sync += known.bit_select(self.push_tick, 1).eq(1)
        with m.If(self.clear):
            m.d.sync += known.eq(0)
        return m
