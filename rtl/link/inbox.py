"""What the host sends, in order and complete, whatever happens on the line."""

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from mapper.frames import PACKET_BYTES

from ..layouts import packet_stream

__all__ = ["Inbox"]


class Inbox(wiring.Component):
    """A ring of packets, kept byte by byte.

    A frame is accepted if it is good and its first packet is the one that is expected; its bytes
    are written before that is known, to places that are free. Packets count as acknowledged when
    half of the ring is free behind them, so a host that keeps at most `depth` / 2 packets
    unacknowledged can never send more than there is room for.

    Parameters
    ----------
    depth: packets, a power of two, 32 to 128

    Members
    -------
    byte, at, valid: In, of a frame's packets, see FrameReader
    number: In(8), count: In(5), of the frame; offer: In(1), it is over and good
    accepted: Out(1), in the same cycle; ahead: Out(1), packets before this frame are missing
    ack: Out(8), number of the first packet that is not acknowledged
    clear: In(1), forget everything
    o: Out(packet stream)
    """

    def __init__(self, depth: int) -> None:
        self.depth = depth
        super().__init__({
            "byte": In(8), "at": In(8), "valid": In(1), "number": In(8), "count": In(5),
            "offer": In(1), "accepted": Out(1), "ahead": Out(1), "ack": Out(8), "clear": In(1),
            "o": Out(packet_stream()),
        })  # fmt: skip
        self.expected, self.taken = Signal(8, name="expected"), Signal(8, name="taken")
        self.told = Signal(8, name="told")
        self.step = Signal(range(PACKET_BYTES + 1))  # of collecting the next packet

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.ring = ring = Memory(shape=8, depth=self.depth * PACKET_BYTES, init=[])
        expected, taken, told = self.expected, self.taken, self.told
        waiting, behind = Signal(8), Signal(8)
        m.d.comb += [
            waiting.eq(expected - taken),
            behind.eq(self.number - expected),
            self.accepted.eq(self.offer & (behind == 0) & (self.count <= self.depth - waiting)),
            self.ahead.eq((behind != 0) & ~behind[-1]),
            self.ack.eq(told),
        ]
        with m.If(waiting <= self.depth // 2):
            m.d.sync += told.eq(expected)
        with m.If(self.accepted):
            m.d.sync += expected.eq(expected + self.count)
        port, place = ring.write_port(), expected + (self.at >> 3)
        m.d.comb += [
            port.addr.eq(Cat(self.at[:3], place)), port.data.eq(self.byte),
            port.en.eq(self.valid & (waiting + (self.at >> 3) < self.depth)),
        ]  # fmt: skip
        self._read(m, ring.read_port(), waiting != 0)
        with m.If(self.clear):
            m.d.sync += [expected.eq(0), taken.eq(0), told.eq(0)]
        return m

    def _read(self, m: Module, port: Value, some: Value) -> None:
        """Collect the bytes of the oldest packet, one per cycle."""
        byte, word, complete = self.step, Signal(8 * PACKET_BYTES), Signal()
        m.d.comb += [
            port.addr.eq(Cat(byte[:3], self.taken)),
            self.o.valid.eq(complete),
            Value.cast(self.o.payload).eq(word),
        ]
        with m.If(some & ~complete):
            m.d.sync += [byte.eq(byte + 1), word.eq(Cat(word[8:], port.data))]
            with m.If(byte == PACKET_BYTES):  # what was asked for a cycle ago
                m.d.sync += [byte.eq(0), complete.eq(1)]
        with m.If(complete & self.o.ready):
            m.d.sync += [complete.eq(0), self.taken.eq(self.taken + 1)]
        with m.If(self.clear):
            m.d.sync += [byte.eq(0), complete.eq(0)]
