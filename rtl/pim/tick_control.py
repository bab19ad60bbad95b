"""Which tick it is, and what a macro does in it."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..layouts import TICK_LAYOUT

__all__ = ["TickControl"]


class TickControl(wiring.Component):
    """Members
    -------
    start: In(1), tick: In(TICK), only while not busy
    used: In(1), the macro is configured; ticks: In(16), register
    compute: Out(1), a pulse: the first tick of a sample begins; again: Out(1), likewise any later
    working: In(1), something is under way; busy: Out(1); parity: Out(1), of the tick that runs
    """

    def __init__(self) -> None:
        super().__init__({
            "start": In(1), "tick": In(TICK_LAYOUT), "used": In(1), "ticks": In(16),
            "compute": Out(1), "again": Out(1), "working": In(1), "busy": Out(1),
            "parity": Out(1),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        tick, begins = Signal(16), Signal()
        with m.FSM() as fsm:
            m.d.comb += self.busy.eq(~fsm.ongoing("IDLE"))
            with m.State("IDLE"):
                with m.If(self.start):
                    m.d.sync += [
                        tick.eq(Mux(self.tick.first, 0, tick + 1)),
                        self.parity.eq(self.tick.parity),
                    ]
                    m.next = "BEGIN"
            with m.State("BEGIN"):
                m.d.comb += [
                    begins.eq(self.used & (tick < self.ticks)),
                    self.compute.eq(begins & (tick == 0)),
                    self.again.eq(begins & (tick != 0)),
                ]
                # What begins is at work from the next cycle on.
                m.next = "WORK"
            with m.State("WORK"):
                with m.If(~self.working):
                    m.next = "IDLE"
        return m
