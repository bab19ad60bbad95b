"""What queues promise, told by one entry that is followed from its arrival to its end."""

from amaranth.hdl import Assume, Module, Mux, Signal, Value
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.wiring import In

from rtl.packet_queue import PacketQueue

from .prover import Property, opened

__all__ = ["FifoProperties", "PacketQueueProperties"]


class FifoProperties(Property):
    """Amaranth's SyncFIFOBuffered: what OpenFifo takes for granted. `pick` chooses the entry."""

    def __init__(self, fifo: SyncFIFOBuffered) -> None:
        self.fifo, width = fifo, fifo.width
        super().__init__({"pick": In(1), "w_en": In(1), "w_data": In(width), "r_en": In(1)})

    def elaborate(self, platform: object) -> Module:
        m = self.start()
        inside = opened(self.fifo, "formal")  # with Amaranth's own claims
        self._drive(m, inside)
        self._counts(m)
        self._follow(m, inside)
        return m

    def _drive(self, m: Module, inside: Module) -> None:
        fifo, m.submodules.fifo = self.fifo, inside
        m.d.comb += [
            fifo.w_en.eq(self.w_en), fifo.w_data.eq(self.w_data), fifo.r_en.eq(self.r_en)
        ]  # fmt: skip

    def _counts(self, m: Module) -> None:
        """Room unless full; an entry shows at once or a cycle later, and stays till it is taken."""
        fifo = self.fifo
        level = Signal(range(fifo.depth + 2))
        m.d.sync += level.eq(level + (fifo.w_en & fifo.w_rdy) - (fifo.r_en & fifo.r_rdy))
        self.claim(m, fifo.level == level)
        self.claim(m, fifo.w_rdy == (level != fifo.depth))
        self.claim(m, ~fifo.r_rdy | (level != 0))
        self.claim(m, fifo.r_rdy | (self.before(m, level) == 0) | self.before(m, fifo.r_rdy))
        waits = self.before(m, fifo.r_rdy & ~fifo.r_en)
        self.claim(m, ~waits | (fifo.r_rdy & (fifo.r_data == self.before(m, fifo.r_data))))

    def _follow(self, m: Module, inside: Module) -> None:
        """It comes out unchanged, after exactly those that came before it."""
        fifo = self.fifo
        follows, word = Signal(), Signal(fifo.width)
        ahead = Signal(range(fifo.depth + 1))
        m.d.comb += Assume(~self.pick | (fifo.w_en & fifo.w_rdy & ~follows))
        reads = fifo.r_rdy & fifo.r_en
        with m.If(self.pick):
            m.d.sync += [follows.eq(1), word.eq(fifo.w_data), ahead.eq(fifo.level - reads)]
        with m.Elif(reads):
            m.d.sync += [ahead.eq(ahead - 1), follows.eq(follows & (ahead != 0))]
        oldest = follows & (ahead == 0)
        self.claim(m, ~(oldest & fifo.r_rdy) | (fifo.r_data == word))
        self.claim(m, ~follows | (ahead < fifo.level))
        # What the induction needs: where the entry is while others are before it.
        storage = inside.submodules.storage
        seen, place = storage.read_port(domain="comb"), Signal(range(2 * fifo.depth))
        consume: Value = storage.read_ports[0].addr
        inner = fifo.depth - 1
        m.d.comb += [
            place.eq(consume + ahead - fifo.r_rdy),
            seen.addr.eq(Mux(place >= inner, place - inner, place)),
        ]
        self.claim(m, ~follows | (oldest & fifo.r_rdy) | (seen.data == word))


class PacketQueueProperties(FifoProperties):
    """The same of a queue of packets, as its streams see it."""

    def __init__(self, queue: PacketQueue) -> None:
        self.queue, self.wires = queue, opened(queue)
        super().__init__(self.wires.submodules.queue)

    def _drive(self, m: Module, inside: Module) -> None:
        m.submodules.queue = self.wires
        i, o, fifo = self.queue.i, self.queue.o, self.fifo
        m.d.comb += [
            i.valid.eq(self.w_en), Value.cast(i.payload).eq(self.w_data), o.ready.eq(self.r_en)
        ]  # fmt: skip
        for outside, inner in (
            (i.ready, fifo.w_rdy), (o.valid, fifo.r_rdy), (Value.cast(o.payload), fifo.r_data),
            (self.w_en, fifo.w_en), (self.w_data, fifo.w_data), (self.r_en, fifo.r_en),
        ):  # fmt: skip
            self.claim(m, outside == inner)
