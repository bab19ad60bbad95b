"""Sorts what arrives at a PE: work of the present sample, of another one, accesses."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from mapper.packets import Kind
from mapper.yoso.layout import TAG, TOKEN
from mapper.yoso.params import PeParams

from ..layouts import packet_stream, struct

__all__ = ["Ingress"]


class Ingress(wiring.Component):
    """Accepts a spike or token in every cycle, but for a few before a sample begins.

    Members
    -------
    i: In(packet stream); config: Out(packet stream), WRITE, READ and SCAN, while `quiet`
    quiet: In(1), nothing is being worked on; ended: In(1), tick: In: of the control
    ticks: In, of a sample; settled: In(1), nothing of the sample before is left
    begin, abort: Out(1), to the control; sample: Out(1), the present sample's number modulo 2
    spike, token: Out(1), one arrives for tick `arrives`; full: In(1), a spike cannot be kept
    surplus: In(1), that tick has all its tokens, so nothing for it may follow
    stray: Out(1), a packet of a sample that has ended; unknown: Out(1), of no known kind
    overflow: Out(1), lost_turn: Out(1), a packet is dropped, see `mapper.yoso.layout.ERRORS`
    """

    def __init__(self, pe: PeParams) -> None:
        tick = range(pe.ticks)
        super().__init__({
            "i": In(packet_stream()), "config": Out(packet_stream()), "quiet": In(1),
            "ended": In(1), "tick": In(tick), "ticks": In(range(pe.ticks + 1)),
            "settled": In(1), "begin": Out(1), "abort": Out(1), "sample": Out(1, init=1),
            "spike": Out(1), "token": Out(1), "arrives": Out(tick), "full": In(1),
            "surplus": In(1), "stray": Out(1), "unknown": Out(1), "overflow": Out(1),
            "lost_turn": Out(1),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        i, tag = self.i, data.View(struct(TAG), self.i.p.address[: TAG.width])
        stops = self.i.p.data[TOKEN.offset("stop")]
        is_spike, is_tick = i.p.kind == Kind.SPIKE, i.p.kind == Kind.TICK
        is_config = Cat(i.p.kind == k for k in (Kind.WRITE, Kind.READ, Kind.SCAN)).any()
        mine, works, stop, opens, late = (Signal(name=n) for n in
                                          ("mine", "works", "stop", "opens", "late"))  # fmt: skip
        m.d.comb += [
            mine.eq(tag.sample == self.sample),
            works.eq(i.valid & (is_spike | is_tick)),
            stop.eq(works & is_tick & stops),
            # A sample's first packet waits until the PE has got ready for it.
            opens.eq(works & self.ended & ~mine & ~stop),
            self.begin.eq(opens & self.settled),
            self.abort.eq(stop & mine & ~self.ended),
            late.eq((tag.tick < self.tick) | (tag.tick >= self.ticks) | self.surplus),
            i.ready.eq(Mux(is_config, self.config.ready & self.quiet, ~opens)),
            self.config.valid.eq(i.valid & is_config & self.quiet),
            self.config.payload.eq(i.payload),
            self.arrives.eq(tag.tick),
            self.stray.eq(works & self.ended & mine & ~stop),
            self.unknown.eq(i.valid & ~is_spike & ~is_tick & ~is_config),
        ]  # fmt: skip
        self._keep(m, works & ~stop & ~self.ended, mine & ~late, is_spike)
        m.d.comb += self.lost_turn.eq(
            (works & ~self.ended & ~stop & (~mine | late)) | (stop & ~self.ended & ~mine)
        )
        with m.If(self.begin | (stop & self.ended)):
            m.d.sync += self.sample.eq(tag.sample)
        return m

    def _keep(self, m: Module, arrives: Signal, known: Signal, is_spike: Signal) -> None:
        """Work of the present sample, for a tick that lacks a token."""
        m.d.comb += [
            self.spike.eq(arrives & known & is_spike & ~self.full),
            self.overflow.eq(arrives & known & is_spike & self.full),
            self.token.eq(arrives & known & ~is_spike),
        ]
