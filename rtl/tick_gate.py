"""Keeps ticks apart: the host's packets pass only when they cannot disturb a tick."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from mapper.packets import Kind

from .layouts import packet_stream

__all__ = ["TickGate"]


class TickGate(wiring.Component):
    """The tick barrier. The host may send everything without waiting; the gate holds it back.

    SPIKE passes at any time: cores collect it for the next tick. Every other packet waits until
    the chip is idle. After a TICK the gate waits for the chip to become idle and then tells the
    host with a DONE packet, which follows all packets of that tick; its data is the tick's length
    in cycles, its address the chip's sticky error bits (bit 0: a packet had no destination).

    Members
    -------
    i: In(packet stream), from the host; o: Out(packet stream), into the chip
    done: Out(packet stream), to the host; idle: In(1); lost: In(1)
    """

    def __init__(self) -> None:
        super().__init__({
            "i": In(packet_stream()), "o": Out(packet_stream()), "done": Out(packet_stream()),
            "idle": In(1), "lost": In(1),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        running, finished = Signal(), Signal()
        cycles, errors = Signal(32), Signal()
        passes = Signal()
        m.d.comb += [
            passes.eq((self.i.p.kind == Kind.SPIKE) | (self.idle & ~running & ~finished)),
            self.o.valid.eq(self.i.valid & passes),
            self.i.ready.eq(self.o.ready & passes),
            self.o.payload.eq(self.i.payload),
            self.done.valid.eq(finished),
            self.done.p.kind.eq(Kind.DONE),
            self.done.p.data.eq(cycles),
            self.done.p.address.eq(errors),
        ]
        m.d.sync += errors.eq(errors | self.lost)
        with m.If(self.i.valid & self.i.ready & (self.i.p.kind == Kind.TICK)):
            m.d.sync += [running.eq(1), cycles.eq(0)]
        with m.Elif(running):
            m.d.sync += cycles.eq(cycles + 1)
            with m.If(self.idle):
                m.d.sync += [running.eq(0), finished.eq(1)]
        with m.If(finished & self.done.ready):
            m.d.sync += finished.eq(0)
        return m
