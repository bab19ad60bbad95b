"""Executes WRITE and READ packets on the config bus and answers with REPLY packets."""

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.wiring import In, Out

from mapper.crossbar.layout import BANK, CONFIG_ADDRESS, ColumnField, Region
from mapper.packets import BURST, Kind, Space

from ..layouts import PACKET_LAYOUT, packet_stream, struct
from ..popcount import popcount
from .config_bus import READ_LATENCY, ConfigBus

__all__ = ["ConfigUnit"]

_ANSWERS = 8  # words that may wait for the host; enough to read one per cycle


class ConfigUnit(wiring.Component):
    """One WRITE, or one word of a READ, per cycle. Words that nobody claims read as 0.

    A WRITE never waits for a tick: one that could disturb it is refused.

    Members
    -------
    i: In(packet stream), WRITE and READ only; o: Out(packet stream), REPLY
    busy: Out(1); bad: Out(1), an address was hit by nobody (or was read only, or refused)
    x, y: In(3), the core's position, the origin of replies
    running: In(1), a tick runs; bank: In(BANK)
    bus: Out(ConfigBus)
    """

    def __init__(self) -> None:
        super().__init__({
            "i": In(packet_stream()), "o": Out(packet_stream()),
            "busy": Out(1), "bad": Out(1), "x": In(3), "y": In(3),
            "running": In(1), "bank": In(struct(BANK)),
            "bus": Out(ConfigBus()),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        bus = self.bus
        packet, active, left = Signal(PACKET_LAYOUT), Signal(), Signal(16)
        issue, done, writes, refused = Signal(), Signal(), Signal(), Signal()
        burst = data.View(struct(BURST), packet.data)
        credit, busy = self._answer(m, issue)
        m.d.comb += [
            bus.space.eq(packet.space), bus.address.eq(packet.address),
            bus.bank.eq(self.bank.config), bus.w_data.eq(packet.data),
            writes.eq(active & (packet.kind == Kind.WRITE)),
            refused.eq(self.running & ~self._in_shadow()),
            bus.w_en.eq(writes & ~refused),
            issue.eq(active & ~writes & credit),
            done.eq(writes | (issue & (left == 0))),
            self.i.ready.eq(~active | done),
            self.bad.eq((writes & refused) | ((writes | issue) & ~bus.hit)),
            self.busy.eq(active | busy),
        ]  # fmt: skip
        with m.If(self.i.ready):
            m.d.sync += [
                active.eq(self.i.valid),
                packet.eq(self.i.p),
                left.eq(data.View(struct(BURST), self.i.p.data).count),
            ]
        with m.Elif(issue):
            m.d.sync += [left.eq(left - 1), packet.address.eq(packet.address + burst.stride)]
        return m

    def _in_shadow(self) -> Value:
        """Whether the address is in a bank that no tick uses."""
        address = data.View(struct(CONFIG_ADDRESS), self.bus.address)
        parameter = (address.region == Region.COLUMN) & (address.index[:3] != ColumnField.POTENTIAL)
        banked = (self.bus.space == Space.SYNAPSE) | parameter | (address.region == Region.ROUTE)
        return banked & (self.bank.active != self.bank.config)

    def _answer(self, m: Module, issue: Signal) -> tuple[Signal, Signal]:
        """Collect the words read: (there is room for another one, some are on their way)."""
        tag = data.StructLayout({"address": 16, "space": 1})
        flight = Signal(READ_LATENCY)
        tags = [Signal(tag, name=f"tag_{i}") for i in range(READ_LATENCY)]
        m.d.sync += flight.eq(Cat(issue, flight))
        m.d.sync += [tags[0].address.eq(self.bus.address), tags[0].space.eq(self.bus.space)]
        m.d.sync += [now.eq(before) for before, now in zip(tags, tags[1:], strict=False)]
        word = data.StructLayout({"data": 32, "tag": tag})
        m.submodules.answers = queue = SyncFIFOBuffered(width=word.size, depth=_ANSWERS)
        head = data.View(word, queue.r_data)
        credit, busy = Signal(), Signal()
        m.d.comb += [
            queue.w_en.eq(flight[-1]), queue.w_data.eq(Cat(self.bus.r_data, tags[-1])),
            credit.eq(queue.level + popcount(flight) < _ANSWERS - 1),
            busy.eq(flight.any() | (queue.level != 0)),
            self.o.valid.eq(queue.r_rdy), queue.r_en.eq(self.o.ready),
            self.o.p.kind.eq(Kind.REPLY),
            self.o.p.data.eq(head.data),
            self.o.p.address.eq(head.tag.address), self.o.p.space.eq(head.tag.space),
            *(self.o.p[n].eq(self.x) for n in ("x0", "x1")),
            *(self.o.p[n].eq(self.y) for n in ("y0", "y1")),
        ]  # fmt: skip
        return credit, busy
