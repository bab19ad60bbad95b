"""The order of a tick: count events, update neurons, send spikes."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from mapper.crossbar.params import CoreParams

from ..layouts import TICK_LAYOUT

__all__ = ["TickControl"]


class TickControl(wiring.Component):
    """Starts at `start`, is `busy` until the tick's last packet has left.

    Members
    -------
    start: In(1); tick: In(TICK), of the tick to start; only while not busy
    columns, first_tick, ticks: In, registers
    counted: In(1), no event is left or on its way; updating, sending: In(1)
    counting, discarding: Out(1), what happens to events; fresh: Out(1), the window's first tick
    take: Out(1); chunk: Out, the chunk to update
    busy: Out(1); parity: Out(1), of the tick that runs
    """

    def __init__(self, core: CoreParams) -> None:
        self.core = core
        super().__init__({
            "start": In(1), "tick": In(TICK_LAYOUT),
            "columns": In(core.column_bits + 1), "first_tick": In(16), "ticks": In(16),
            "counted": In(1), "updating": In(1), "sending": In(1),
            "counting": Out(1), "discarding": Out(1), "fresh": Out(1),
            "take": Out(1), "chunk": Out(range(max(core.chunks, 2))),
            "busy": Out(1), "parity": Out(1),
        })  # fmt: skip
        self.now = Signal(16)  # number of the last tick in its sample
        self.ends = Signal()  # all chunks are in the pipeline, some perhaps not yet sent

    def elaborate(self, platform: object) -> Module:
        m = Module()
        tick, offset, active = self.now, Signal(17), Signal()
        next_tick = Mux(self.tick.first, 0, tick + 1)[:16]
        chunk = Signal.like(self.chunk)
        m.d.comb += [
            offset.eq(next_tick - self.first_tick),  # negative becomes larger than any `ticks`
            active.eq((offset < self.ticks) & (self.columns != 0)),
            self.chunk.eq(chunk),
        ]
        with m.FSM() as fsm:
            m.d.comb += self.busy.eq(~fsm.ongoing("IDLE"))
            with m.State("IDLE"):
                with m.If(self.start):
                    m.d.sync += [tick.eq(next_tick), self.parity.eq(self.tick.parity)]
                    m.d.sync += [self.fresh.eq(offset == 0), chunk.eq(0)]
                    with m.If(active):
                        m.next = "COUNT"
                    with m.Else():
                        m.next = "DISCARD"
            with m.State("COUNT"):
                m.d.comb += self.counting.eq(1)
                with m.If(self.counted):
                    m.next = "UPDATE"
            with m.State("UPDATE"):
                m.d.comb += self.take.eq(1)
                m.d.sync += chunk.eq(chunk + 1)
                with m.If((chunk + 1) * self.core.update_lanes >= self.columns):
                    m.next = "SEND"
            with m.State("SEND"):
                m.d.comb += self.ends.eq(1)
                with m.If(~self.updating & ~self.sending):
                    m.next = "IDLE"
            with m.State("DISCARD"):
                m.d.comb += self.discarding.eq(1)
                with m.If(self.counted):
                    m.next = "IDLE"
        return m
