"""Keeps ticks apart: the host's packets pass only when they cannot disturb a tick."""

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from mapper.packets import SPIKE_TICK, TICK, Kind

from ..layouts import packet_stream
from .shadow import banked

__all__ = ["TickGate"]


class TickGate(wiring.Component):
    """The tick barrier. The host may send everything without waiting; the gate holds it back.

    SPIKE passes at any time: cores collect it for the next tick. So does, on a chip with two
    banks, a WRITE to a banked memory, because it goes to the bank that no tick uses. Every
    other packet waits until the chip is idle. After a TICK the gate waits for the chip to become
    idle and then tells the host with a DONE packet, which follows all packets of that tick; its
    data is the tick's length in cycles, its address the chip's sticky error bits (bit 0: a packet
    had no destination).

    The gate numbers ticks modulo 2: it writes a tick's parity into its TICK, and that of the next
    tick into a SPIKE, so that a core can tell spikes for two ticks apart.

    Members
    -------
    i: In(packet stream), from the host; o: Out(packet stream), into the chip
    done: Out(packet stream), to the host; idle: In(1); lost: In(1)
    """

    def __init__(self, banks: int) -> None:
        self.banks = banks
        super().__init__({
            "i": In(packet_stream()), "o": Out(packet_stream()), "done": Out(packet_stream()),
            "idle": In(1), "lost": In(1),
        })  # fmt: skip
        self.running, self.finished = Signal(name="running"), Signal(name="finished")
        self.cycles, self.errors = Signal(32, name="cycles"), Signal(name="errors")
        self.parity = Signal(name="parity")  # of the next tick

    def elaborate(self, platform: object) -> Module:
        m = Module()
        running, finished, cycles, errors = self.running, self.finished, self.cycles, self.errors
        passes = Signal()
        is_spike, is_tick = self.i.p.kind == Kind.SPIKE, self.i.p.kind == Kind.TICK
        m.d.comb += [
            passes.eq(is_spike | self._is_shadow_write() | (self.idle & ~running & ~finished)),
            self.o.valid.eq(self.i.valid & passes),
            self.i.ready.eq(self.o.ready & passes),
            self.done.valid.eq(finished),
            self.done.p.kind.eq(Kind.DONE),
            self.done.p.data.eq(cycles),
            self.done.p.address.eq(errors),
        ]
        self._stamp(m, is_spike, is_tick)
        m.d.sync += errors.eq(errors | self.lost)
        with m.If(self.i.valid & self.i.ready & is_tick):
            m.d.sync += [running.eq(1), cycles.eq(0)]
        with m.Elif(running):
            m.d.sync += cycles.eq(cycles + 1)
            with m.If(self.idle):
                m.d.sync += [running.eq(0), finished.eq(1)]
        with m.If(finished & self.done.ready):
            m.d.sync += finished.eq(0)
        return m

    def _is_shadow_write(self) -> Value:
        """A WRITE that cores accept while a tick runs."""
        packet = self.i.p
        shadowed = banked(packet.space, packet.address)
        return (packet.kind == Kind.WRITE) & shadowed & (self.banks == 2)

    def _stamp(self, m: Module, is_spike: Value, is_tick: Value) -> None:
        """Copy the packet, with the parity of its tick."""
        parity = self.parity
        m.d.comb += self.o.payload.eq(self.i.payload)
        with m.If(is_spike):
            m.d.comb += self.o.p.address[SPIKE_TICK.offset("parity")].eq(parity)
        with m.If(is_tick):
            m.d.comb += self.o.p.data[TICK.offset("parity")].eq(parity)
            with m.If(self.i.valid & self.i.ready):
                m.d.sync += parity.eq(~parity)
