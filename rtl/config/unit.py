"""Executes WRITE, READ and SCAN packets on the config bus and answers with REPLY packets."""

from amaranth.hdl import Module, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from mapper.packets import BURST, Kind

from ..layouts import PACKET_LAYOUT, packet_stream, struct
from .answer_queue import AnswerQueue
from .bus import ConfigBus

__all__ = ["ConfigUnit"]


class ConfigUnit(wiring.Component):
    """One WRITE, or one word of a READ or SCAN, per cycle. Words that nobody claims read as 0.

    A WRITE never waits for a tick: the core refuses one that could disturb it.

    Members
    -------
    i: In(packet stream), WRITE, READ and SCAN only; o: Out(packet stream), REPLY
    busy: Out(1); bad: Out(1), an address was hit by nobody (or was read only, or refused)
    x, y: In(3), the core's position, the origin of replies
    refused: In(1), a WRITE to the bus's present address must not happen
    bank: In(1), of the bus's `bank`
    bus: Out(ConfigBus)
    """

    def __init__(self) -> None:
        super().__init__({
            "i": In(packet_stream()), "o": Out(packet_stream()),
            "busy": Out(1), "bad": Out(1), "x": In(3), "y": In(3),
            "refused": In(1), "bank": In(1),
            "bus": Out(ConfigBus()),
        })  # fmt: skip
        self.packet, self.active = Signal(PACKET_LAYOUT), Signal()  # the access under way
        self.left = Signal(16)  # words after the present one

    def elaborate(self, platform: object) -> Module:
        m = Module()
        bus = self.bus
        packet, active, left, first = self.packet, self.active, self.left, Signal()
        issue, done, writes = Signal(), Signal(), Signal()
        burst = data.View(struct(BURST), packet.data)
        m.submodules.answers = answers = AnswerQueue()
        wiring.connect(m, answers.o, wiring.flipped(self.o))
        m.d.comb += [
            bus.space.eq(packet.space), bus.address.eq(packet.address),
            bus.bank.eq(self.bank), bus.w_data.eq(packet.data),
            writes.eq(active & (packet.kind == Kind.WRITE)),
            bus.w_en.eq(writes & ~self.refused),
            issue.eq(active & ~writes & answers.room),
            done.eq(writes | (issue & (left == 0))),
            self.i.ready.eq(~active | done),
            self.bad.eq((writes & self.refused) | ((writes | issue) & ~bus.hit)),
            self.busy.eq(active | answers.busy),
            answers.asked.eq(issue), answers.r_data.eq(bus.r_data),
            answers.word.address.eq(bus.address), answers.word.space.eq(bus.space),
            answers.word.sum.eq(packet.kind == Kind.SCAN),
            answers.word.first.eq(first), answers.word.last.eq(left == 0),
            answers.x.eq(self.x), answers.y.eq(self.y),
        ]  # fmt: skip
        with m.If(self.i.ready):
            m.d.sync += [
                active.eq(self.i.valid),
                packet.eq(self.i.p),
                left.eq(data.View(struct(BURST), self.i.p.data).count),
                first.eq(1),
            ]
        with m.Elif(issue):
            m.d.sync += [left.eq(left - 1), first.eq(0)]
            m.d.sync += packet.address.eq(packet.address + burst.stride)
        return m
