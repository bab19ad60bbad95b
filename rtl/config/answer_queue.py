"""From the words that accesses read to REPLY packets: each word one, or one checksum for all."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import crc, data, wiring
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.wiring import In, Out

from mapper.packets import Kind

from ..layouts import packet_stream
from ..popcount import popcount
from .bus import READ_LATENCY

__all__ = ["ASKED", "AnswerQueue"]

_ANSWERS = 8  # words that may wait for the host; enough to read one per cycle

ASKED = data.StructLayout({"address": 16, "space": 1, "sum": 1, "first": 1, "last": 1})
"""A word that is being read; sum: into a checksum, of the words from `first` to `last`."""


class AnswerQueue(wiring.Component):
    """Takes one word per cycle. A checksum is the CRC-32 of the words' little-endian bytes, as
    Ethernet and zlib have it.

    Members
    -------
    asked: In(1), a word was asked for in this cycle, only if there is `room`; word: In(ASKED)
    r_data: In(32), that word, READ_LATENCY cycles later
    o: Out(packet stream), REPLY; room, busy: Out(1); x, y: In(3), the origin of replies
    """

    def __init__(self) -> None:
        super().__init__({
            "asked": In(1), "word": In(ASKED), "r_data": In(32),
            "o": Out(packet_stream()), "room": Out(1), "busy": Out(1), "x": In(3), "y": In(3),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        # A word is there in the last but one place of the flight, its checksum in the last one.
        flight = Signal(READ_LATENCY + 1)
        words = [Signal(ASKED, name=f"word_{i}") for i in range(len(flight))]
        arriving, arrived = words[-2], words[-1]
        m.d.sync += flight.eq(Cat(self.asked, flight))
        m.d.sync += [
            now.eq(before) for before, now in zip([self.word, *words], words, strict=False)
        ]
        m.submodules.crc = checksum = crc.catalog.CRC32_ETHERNET(data_width=32).create()
        read = Signal(32)
        m.d.sync += read.eq(self.r_data)
        m.d.comb += [
            checksum.data.eq(self.r_data),
            checksum.valid.eq(flight[-2] & arriving.sum),
            checksum.start.eq(flight[-2] & arriving.first),
        ]
        answer = data.StructLayout({"data": 32, "address": 16, "space": 1})
        m.submodules.queue = queue = SyncFIFOBuffered(width=answer.size, depth=_ANSWERS)
        head = data.View(answer, queue.r_data)
        m.d.comb += [
            queue.w_en.eq(flight[-1] & (~arrived.sum | arrived.last)),
            queue.w_data.eq(
                Cat(Mux(arrived.sum, checksum.crc, read), arrived.address, arrived.space)
            ),
            self.room.eq(queue.level + popcount(flight) < _ANSWERS - 1),
            self.busy.eq(flight.any() | (queue.level != 0)),
            self.o.valid.eq(queue.r_rdy), queue.r_en.eq(self.o.ready),
            self.o.p.kind.eq(Kind.REPLY),
            self.o.p.data.eq(head.data),
            self.o.p.address.eq(head.address), self.o.p.space.eq(head.space),
            *(self.o.p[n].eq(self.x) for n in ("x0", "x1")),
            *(self.o.p[n].eq(self.y) for n in ("y0", "y1")),
        ]  # fmt: skip
        return m
