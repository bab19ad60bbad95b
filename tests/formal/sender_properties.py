"""What a PE sends: every note once to each of its ways, in the order of the notes."""

from amaranth.hdl import Assume, Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data
from amaranth.lib.wiring import In

from mapper.packets import Kind
from mapper.yoso.layout import TAG, TARGET, TARGETS, TOKEN
from mapper.yoso.params import PeParams
from rtl.layouts import PACKET_LAYOUT, struct
from rtl.yoso.operation import firing
from rtl.yoso.spike_sender import SpikeSender

from .open_fifo import OpenFifo
from .prover import Property, opened

__all__ = ["SenderProperties"]

_N = len(TARGETS)


class SenderProperties(Property):
    """Spikes, tokens, and who takes, are free; targets are any, as long as notes are sent."""

    def __init__(self, sender: SpikeSender, pe: PeParams) -> None:
        self.sender = sender
        super().__init__({
            "spike": In(firing(pe)), "sends_spike": In(1), "sends_token": In(1), "stops": In(1),
            "tick": In(range(pe.ticks)), "sample": In(1), "ready": In(1), "lag": In(1),
            "any_targets": In(struct(TARGET)).array(_N), "any_stop": In(struct(TARGET)),
            "any_host": In(1), "any_line": In(16), "any_x": In(3), "any_y": In(3),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = self.start()
        sender = self.sender
        m.submodules.sender = inside = opened(sender)
        queue: OpenFifo = inside.submodules.queue
        m.d.comb += [
            sender.spikes.valid.eq(self.sends_spike), sender.spikes.payload.eq(self.spike),
            sender.tokens.valid.eq(self.sends_token), sender.tokens.p.stop.eq(self.stops),
            sender.tick.eq(self.tick), sender.sample.eq(self.sample),
            sender.o.ready.eq(self.ready), queue.lag.eq(self.lag),
            *(sender.targets[i].eq(self.any_targets[i]) for i in range(_N)),
            sender.stop.eq(self.any_stop), sender.host.eq(self.any_host),
            sender.line.eq(self.any_line), sender.x.eq(self.any_x), sender.y.eq(self.any_y),
            Assume(~(self.sends_spike & self.sends_token)),
        ]  # fmt: skip
        self._enters(m, queue)
        self._leaves(m, queue)
        return m

    def _enters(self, m: Module, queue: OpenFifo) -> None:
        """One note for each spike and token that is taken, in the order in which they are."""
        sender, note = self.sender, data.View(self.sender.note, queue.w_data)
        takes = Signal()
        m.d.comb += takes.eq((self.sends_spike & sender.spikes.ready)
                             | (self.sends_token & sender.tokens.ready))  # fmt: skip
        self.claim(m, (queue.w_en & queue.w_rdy) == takes)
        self.claim(m, queue.level <= queue.depth)
        self.claim(m, sender.busy == (queue.level != 0))
        self.claim(m, ~takes | (note.token == self.sends_token))
        self.claim(m, ~takes | ((note.tick == self.tick) & (note.sample == self.sample)))
        self.claim(m, ~takes | note.token | (note.spike == self.spike.spike))
        self.claim(m, ~takes | note.token | (note.neuron == self.spike.neuron))
        self.claim(m, ~takes | ~note.token | (note.stop == self.stops))

    def _leaves(self, m: Module, queue: OpenFifo) -> None:
        """The oldest note goes once to each rectangle that is valid, a spike then to the host;
        a stop only to those whom it stops.
        """
        sender, o = self.sender, self.sender.o
        note, done, due = data.View(sender.note, queue.r_data), Signal(_N + 2), Signal(_N + 2)
        stops = note.token & note.stop
        m.d.comb += due.eq(Cat(
            *(t.valid & ~stops for t in self.any_targets), self.any_stop.valid & stops,
            self.any_host & ~note.token,
        ))  # fmt: skip
        left, way = due & ~done, Signal(_N + 2)
        m.d.comb += way.eq(left & -left)
        sent = o.valid & self.ready
        after = done | Mux(sent, way, 0)
        popped = queue.r_rdy & queue.r_en
        m.d.sync += done.eq(Mux(popped, 0, after))
        self.claim(m, done == sender.sent)
        self.claim(m, queue.r_rdy | (done == 0))
        self.claim(m, (done & ~due) == 0)
        self.claim(m, o.valid == (queue.r_rdy & left.any()))
        self.claim(m, popped == (queue.r_rdy & (after == due)))
        self.claim(m, ~o.valid | (Value.cast(o.payload) == Value.cast(self._packet(m, note, way))))
        waits = self.before(m, o.valid & ~self.ready)
        same = Value.cast(o.payload) == self.before(m, Value.cast(o.payload))
        self.claim(m, ~waits | (o.valid & same))

    def _packet(self, m: Module, note: data.View, way: Signal) -> Signal:
        packet, rectangle = Signal(PACKET_LAYOUT), Signal(struct(TARGET))
        for i, target in enumerate([*self.any_targets, self.any_stop]):
            with m.If(way[i]):
                m.d.comb += rectangle.eq(target)
        m.d.comb += [
            packet.address.eq(Cat(note.tick, Const(0, TAG.offset("sample") - len(note.tick)),
                                  note.sample)),
            *(getattr(packet, n).eq(getattr(rectangle, n)) for n in ("x0", "x1", "y0", "y1")),
        ]  # fmt: skip
        with m.If(note.token):
            stop = note.stop << TOKEN.offset("stop")
            m.d.comb += [packet.kind.eq(Kind.TICK), packet.data.eq(stop)]
        with m.Elif(way[-1]):
            m.d.comb += [
                packet.kind.eq(Kind.OUTPUT), packet.data.eq(self.any_line + note.neuron),
                *(getattr(packet, n).eq(self.any_x) for n in ("x0", "x1")),
                *(getattr(packet, n).eq(self.any_y) for n in ("y0", "y1")),
            ]  # fmt: skip
        with m.Else():
            m.d.comb += [packet.kind.eq(Kind.SPIKE), packet.data.eq(note.spike)]
        return packet
