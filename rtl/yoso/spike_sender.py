"""Sends what a tick brings: spikes, then a token."""

from functools import reduce
from operator import or_

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.wiring import In, Out

from mapper.packets import PACKET, Kind
from mapper.yoso.layout import ADDRESS_BITS, TAG, TARGET, TARGETS, TOKEN
from mapper.yoso.params import PeParams

from ..layouts import packet_stream, struct
from .operation import firing

__all__ = ["SpikeSender"]

_DEPTH = 16
"""Spikes and tokens that may wait; then neurons wait to fire."""


class SpikeSender(wiring.Component):
    """One packet per cycle: a spike or token for every rectangle, a spike for the host too.

    What has been taken keeps its order, so no token overtakes a spike.

    Members
    -------
    spikes: In(stream {"spike", "neuron"}); tokens: In(stream {"stop"}); never both at a time
    tick, sample: In, of both
    targets, stop: In(TARGET), host: In(1), line: In(16): see `mapper.yoso.layout.Register`
    o: Out(packet stream); busy: Out(1); x, y: In(3), the origin of OUTPUT packets
    """

    def __init__(self, pe: PeParams) -> None:
        self.note = data.StructLayout({
            "spike": ADDRESS_BITS, "neuron": range(pe.neurons), "tick": range(pe.ticks),
            "sample": 1, "token": 1, "stop": 1,
        })  # fmt: skip
        super().__init__({
            "spikes": In(stream.Signature(firing(pe))),
            "tokens": In(stream.Signature(data.StructLayout({"stop": 1}))),
            "tick": In(range(pe.ticks)), "sample": In(1),
            "targets": In(struct(TARGET)).array(len(TARGETS)), "stop": In(struct(TARGET)),
            "host": In(1), "line": In(16),
            "o": Out(packet_stream()), "busy": Out(1), "x": In(3), "y": In(3),
        })  # fmt: skip
        self.sent = Signal(len(TARGETS) + 2)  # ways that the oldest note has gone already

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.queue = queue = SyncFIFOBuffered(width=self.note.size, depth=_DEPTH)
        entering, note = Signal(self.note), data.View(self.note, queue.r_data)
        m.d.comb += [
            entering.spike.eq(self.spikes.p.spike), entering.neuron.eq(self.spikes.p.neuron),
            entering.tick.eq(self.tick), entering.sample.eq(self.sample),
            entering.token.eq(self.tokens.valid), entering.stop.eq(self.tokens.p.stop),
            queue.w_en.eq(self.spikes.valid | self.tokens.valid),
            queue.w_data.eq(Value.cast(entering)),
            self.spikes.ready.eq(queue.w_rdy), self.tokens.ready.eq(queue.w_rdy),
            self.busy.eq(queue.level != 0),
        ]  # fmt: skip
        self._send(m, queue, note)
        return m

    def _send(self, m: Module, queue: SyncFIFOBuffered, note: data.View) -> None:
        """A note stays at the queue's head until each of its packets has left."""
        ways = len(TARGETS) + 2  # the last ones: whom to stop; the host
        wanted, sent, next_way = Signal(ways), self.sent, Signal(ways)
        stops = note.token & note.stop
        regular = Cat(t.valid for t in self.targets)
        left = Signal(ways)
        m.d.comb += [
            wanted.eq(Cat(Mux(stops, 0, regular), stops & self.stop.valid,
                          self.host & ~note.token)),
            left.eq(wanted & ~sent),
            next_way.eq(left & -left),
            self.o.valid.eq(queue.r_rdy & (left != 0)),
            queue.r_en.eq((left == 0) | (self.o.ready & (left == next_way))),
        ]  # fmt: skip
        with m.If(queue.r_rdy & queue.r_en):
            m.d.sync += sent.eq(0)
        with m.Elif(self.o.valid & self.o.ready):
            m.d.sync += sent.eq(sent | next_way)
        self._packet(m, note, next_way)

    def _packet(self, m: Module, note: data.View, way: Signal) -> None:
        """The whole packet in one assignment (see rtl.route_unit)."""
        rectangles = [*self.targets, self.stop]
        to_host = way[-1]
        sides = {
            side: reduce(or_, (Mux(way[i], r[side], 0) for i, r in enumerate(rectangles)))
            for side in ("x0", "y0", "x1", "y1")
        }
        word, address = Signal(32), Signal(16)
        token = note.stop << TOKEN.offset("stop")
        spike = Mux(to_host, self.line + note.neuron, note.spike)
        m.d.comb += [
            word.eq(Mux(note.token, token, spike)),
            address.eq(note.tick | note.sample << TAG.offset("sample")),
        ]
        kind = Mux(note.token, Kind.TICK, Mux(to_host, Kind.OUTPUT, Kind.SPIKE))
        fields = {
            "data": word, "address": address, "kind": kind,
            **{n: Mux(to_host, self.x, sides[n]) for n in ("x0", "x1")},
            **{n: Mux(to_host, self.y, sides[n]) for n in ("y0", "y1")},
        }  # fmt: skip
        zero = {name: Const(0, width) for name, width in PACKET.fields}
        words = [Value.cast((zero | fields)[name])[:width] for name, width in PACKET.fields]
        m.d.comb += Value.cast(self.o.payload).eq(Cat(words))
