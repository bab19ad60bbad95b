"""A tick is complete exactly when a token of every source is there."""

from amaranth.hdl import Assume, Module, Signal
from amaranth.lib.wiring import In

from rtl.yoso.tick_tokens import SOURCE_BITS, TickTokens

from .prover import Property, opened

__all__ = ["TickTokenProperties"]


class TickTokenProperties(Property):
    """`any_tick` is one of the ticks, whichever; tokens of all ticks come freely."""

    def __init__(self, tokens: TickTokens) -> None:
        self.tokens, tick = tokens, range(tokens.pe.ticks)
        super().__init__({
            "push": In(1), "push_tick": In(tick), "clear": In(1), "any_tick": In(tick),
            "any_sources": In(SOURCE_BITS),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = self.start()
        tokens = self.tokens
        m.submodules.tokens = inside = opened(tokens)
        m.d.comb += [
            tokens.push.eq(self.push), tokens.push_tick.eq(self.push_tick),
            tokens.clear.eq(self.clear), tokens.sources.eq(self.any_sources),
            tokens.tick.eq(self.any_tick), Assume(~(self.push & self.clear)),
        ]  # fmt: skip
        came, mine = Signal(SOURCE_BITS), self.push_tick == self.any_tick
        with m.If(self.clear):
            m.d.sync += came.eq(0)
        with m.Elif(self.push & mine & (came != self.any_sources)):
            m.d.sync += came.eq(came + 1)
        self.claim(m, ~mine | (tokens.surplus == (came == self.any_sources)))
        self.claim(m, tokens.complete == ((came == self.any_sources) & (came != 0)))
        self.claim(m, came <= self.any_sources)
        # What the induction needs: the memory says the same.
        count = inside.submodules.counts.read_port(domain="comb")
        m.d.comb += count.addr.eq(self.any_tick)
        self.claim(m, tokens.known.bit_select(self.any_tick, 1) == (came != 0))
        self.claim(m, (came == 0) | (count.data == came))
        return m
