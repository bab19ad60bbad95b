"""The grid's barrier: what the host may send when."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from mapper.packets import Kind
from mapper.yoso.layout import TAG, TOKEN

from ..layouts import packet_stream, struct

__all__ = ["SampleGate"]


class SampleGate(wiring.Component):
    """Keeps samples apart, and accesses away from work. The host may send everything without
    waiting; the gate holds it back.

    SPIKE and TICK pass at any time, but after a TICK with `wait` or `last` nothing does until the
    grid is idle and the host has its DONE. Every other packet, an access, waits until the grid is
    idle, and so does the first SPIKE or TICK after it: it must not change what a READ still reads.
    Only a WRITE after a WRITE need not wait: one path leads to a word, and it keeps the order.
    DONE's data is the number of cycles since the first SPIKE or TICK that passed after the DONE
    before; its address bit 0: a packet had no destination (sticky).

    The gate writes the sample's number, modulo 2, into SPIKE and TICK; after `last` it changes.

    Members
    -------
    i: In(packet stream), from the host; o: Out(packet stream), into the grid
    done: Out(packet stream), to the host; idle: In(1); lost: In(1)
    """

    def __init__(self) -> None:
        super().__init__({
            "i": In(packet_stream()), "o": Out(packet_stream()), "done": Out(packet_stream()),
            "idle": In(1), "lost": In(1),
        })  # fmt: skip
        self.waiting, self.finished = Signal(), Signal()  # for an idle grid; for the host's ready
        self.accessed, self.written = Signal(), Signal()  # the last was no work; was a WRITE
        self.counting, self.sample = Signal(), Signal()

    def elaborate(self, platform: object) -> Module:
        m = Module()
        waiting, finished, counting = self.waiting, self.finished, self.counting
        accessed, written, sample = self.accessed, self.written, self.sample
        cycles, errors = Signal(32), Signal()
        is_tick = self.i.p.kind == Kind.TICK
        is_work = is_tick | (self.i.p.kind == Kind.SPIKE)
        follows = Mux(is_work, ~accessed, written & (self.i.p.kind == Kind.WRITE))
        token = data.View(struct(TOKEN), self.i.p.data[: TOKEN.width])
        passes, accepted = Signal(), Signal()
        m.d.comb += [
            passes.eq(~waiting & ~finished & (follows | self.idle)),
            self.o.valid.eq(self.i.valid & passes),
            self.i.ready.eq(self.o.ready & passes),
            accepted.eq(self.i.valid & self.i.ready),
            self.o.payload.eq(self.i.payload),
            self.done.valid.eq(finished),
            self.done.p.kind.eq(Kind.DONE),
            self.done.p.data.eq(cycles),
            self.done.p.address.eq(errors),
        ]
        with m.If(is_work):
            m.d.comb += self.o.p.address[TAG.offset("sample")].eq(sample)
        m.d.sync += errors.eq(errors | self.lost)
        with m.If(accepted):
            m.d.sync += [accessed.eq(~is_work), written.eq(self.i.p.kind == Kind.WRITE)]
        with m.If(counting & ~finished):
            m.d.sync += cycles.eq(cycles + 1)
        with m.If(accepted & is_work):
            m.d.sync += counting.eq(1)
            with m.If(is_tick & (token.wait | token.last)):
                m.d.sync += [waiting.eq(1), sample.eq(sample ^ token.last)]
        with m.Elif(waiting & self.idle):
            m.d.sync += [waiting.eq(0), finished.eq(1)]
        with m.If(finished & self.done.ready):
            m.d.sync += [finished.eq(0), counting.eq(0), cycles.eq(0)]
        return m
