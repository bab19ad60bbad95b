"""What the chip sends, until the host has it."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from mapper.frames import FRAME_PACKETS, PACKET_BYTES

from ..layouts import packet_stream

__all__ = ["Outbox"]

_SHORT = 2  # packets of a frame while the line is bad


class Outbox(wiring.Component):
    """A ring of packets, kept byte by byte. Those from `base` on may be asked for again.

    Go-back-N: after a REJECT, or when nothing was acknowledged for a while, sending begins again
    with the first packet that is not acknowledged, in short frames until one gets through.

    Parameters
    ----------
    depth: packets, a power of two, 32 to 128; patience: 2^patience clock cycles to wait

    Members
    -------
    i: In(packet stream)
    number: Out(8), count: Out(5), of the frame that should be sent next; none when count is 0
    send: In(1), it begins; busy: In(1), the line is in use, so that nobody can answer
    at: In(8), byte: Out(8), a cycle later: of the packets of the frame that is being sent
    ack: In(8), with heard: In(1), a good frame came; reject: In(1)
    again: Out(1), packets are sent again, for one cycle; clear: In(1), forget everything
    """

    def __init__(self, depth: int, patience: int) -> None:
        self.depth, self.patience = depth, patience
        super().__init__({
            "i": In(packet_stream()), "number": Out(8), "count": Out(5), "send": In(1),
            "busy": In(1), "at": In(8), "byte": Out(8), "ack": In(8), "heard": In(1),
            "reject": In(1), "again": Out(1), "clear": In(1),
        })  # fmt: skip
        self.base, self.next = Signal(8, name="base"), Signal(8, name="next")
        self.careful = Signal(name="careful")
        self.stop, self.timer = Signal(8, name="stop"), Signal(patience, name="timer")

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.ring = ring = Memory(shape=8, depth=self.depth * PACKET_BYTES, init=[])
        self._store(m, ring.write_port())
        first, port, unsent, most = Signal(8), ring.read_port(), Signal(8), Signal(5)
        m.d.comb += [
            unsent.eq(self.stop - self.next),
            most.eq(Mux(self.careful, _SHORT, FRAME_PACKETS)),
            self.number.eq(self.next),
            self.count.eq(Mux(unsent > most, most, unsent)),
            port.addr.eq(Cat(self.at[:3], (first + (self.at >> 3))[:8])),
            self.byte.eq(port.data),
        ]
        with m.If(self.send):
            m.d.sync += first.eq(self.next)
        self._move(m)
        with m.If(self.clear):
            m.d.sync += [self.base.eq(0), self.next.eq(0), self.stop.eq(0)]
        return m

    def _move(self, m: Module) -> None:
        """What is acknowledged, what is to be sent."""
        base, following = self.base, self.next
        got, sent, right, back = Signal(8), Signal(8), Signal(), Signal()
        m.d.comb += [
            got.eq(self.ack - base), sent.eq(following - base),
            right.eq(self.heard & (got <= (self.stop - base)[:8])),
            back.eq((sent != 0) & self.timer.all()),
            self.again.eq(back | (right & self.reject & (sent > got))),
        ]  # fmt: skip
        with m.If(self.send):
            m.d.sync += following.eq(following + self.count)
        m.d.sync += self.timer.eq(Mux((sent == 0) | self.busy, 0, self.timer + 1))
        with m.If(self.again):
            m.d.sync += self.careful.eq(1)
        with m.Elif(right & (got != 0)):
            m.d.sync += self.careful.eq(0)
        with m.If(right):
            m.d.sync += base.eq(self.ack)
            with m.If(self.reject | (got > sent)):
                m.d.sync += following.eq(self.ack)
            with m.If(self.reject | (got != 0)):
                m.d.sync += self.timer.eq(0)
        with m.Elif(back):
            m.d.sync += following.eq(base)

    def _store(self, m: Module, port: Value) -> None:
        """Take a packet and write its bytes, one per cycle."""
        word, left = Signal(8 * PACKET_BYTES), Signal(4)
        full = (self.stop - self.base)[:8] == self.depth
        m.d.comb += [
            self.i.ready.eq((left == 0) & ~full),
            port.addr.eq(Cat((PACKET_BYTES - left)[:3], self.stop)),
            port.data.eq(word[:8]), port.en.eq(left != 0),
        ]  # fmt: skip
        with m.If(left != 0):
            m.d.sync += [left.eq(left - 1), word.eq(word >> 8)]
            with m.If(left == 1):
                m.d.sync += self.stop.eq(self.stop + 1)
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [left.eq(PACKET_BYTES), word.eq(Value.cast(self.i.payload))]
        with m.If(self.clear):
            m.d.sync += left.eq(0)
