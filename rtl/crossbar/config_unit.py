"""Executes WRITE and READ packets on the config bus and answers with REPLY packets."""

from amaranth.hdl import Module, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from mapper.packets import BURST, Kind

from ..layouts import PACKET_LAYOUT, packet_stream, struct
from .config_bus import READ_LATENCY, ConfigBus

__all__ = ["ConfigUnit"]


class ConfigUnit(wiring.Component):
    """A WRITE takes 2 cycles, a READ 2 + READ_LATENCY per word. Words nobody claims read as 0.

    Members
    -------
    i: In(packet stream), WRITE and READ only; o: Out(packet stream), REPLY
    busy: Out(1); bad: Out(1), an address was hit by nobody (or was read only)
    x, y: In(3), the core's position, the origin of replies
    bus: Out(ConfigBus)
    """

    def __init__(self) -> None:
        super().__init__({
            "i": In(packet_stream()), "o": Out(packet_stream()),
            "busy": Out(1), "bad": Out(1), "x": In(3), "y": In(3),
            "bus": Out(ConfigBus()),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        packet, left, wait = Signal(PACKET_LAYOUT), Signal(16), Signal(range(READ_LATENCY + 1))
        burst = data.View(struct(BURST), packet.data)
        m.d.comb += [
            self.bus.space.eq(packet.space),
            self.bus.address.eq(packet.address),
            self.bus.w_data.eq(packet.data),
            self.o.p.kind.eq(Kind.REPLY),
            self.o.p.space.eq(packet.space),
            self.o.p.address.eq(packet.address),
            self.o.p.data.eq(self.bus.r_data),
            *(self.o.p[n].eq(self.x) for n in ("x0", "x1")),
            *(self.o.p[n].eq(self.y) for n in ("y0", "y1")),
        ]
        with m.FSM() as fsm:
            m.d.comb += self.busy.eq(~fsm.ongoing("IDLE"))
            with m.State("IDLE"):
                m.d.comb += self.i.ready.eq(1)
                m.d.sync += [packet.eq(self.i.p), wait.eq(0),
                             left.eq(data.View(struct(BURST), self.i.p.data).count)]  # fmt: skip
                with m.If(self.i.valid):
                    with m.If(self.i.p.kind == Kind.WRITE):
                        m.next = "WRITE"
                    with m.Else():
                        m.next = "READ"
            with m.State("WRITE"):
                m.d.comb += [self.bus.w_en.eq(1), self.bad.eq(~self.bus.hit)]
                m.next = "IDLE"
            with m.State("READ"):
                m.d.sync += wait.eq(wait + 1)
                with m.If(wait == READ_LATENCY - 1):
                    m.d.comb += self.bad.eq(~self.bus.hit)
                    m.next = "REPLY"
            with m.State("REPLY"):
                m.d.comb += self.o.valid.eq(1)
                with m.If(self.o.ready):
                    m.d.sync += [wait.eq(0), left.eq(left - 1),
                                 packet.address.eq(packet.address + burst.stride)]  # fmt: skip
                    with m.If(left == 0):
                        m.next = "IDLE"
                    with m.Else():
                        m.next = "READ"
        return m
