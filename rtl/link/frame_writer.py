"""From the contents of frames to bytes of a line."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import crc, data, stream, wiring
from amaranth.lib.wiring import In, Out

from mapper.frames import CONTROL, ESCAPE, FLAG, FLIP, HEADER_BYTES, PACKET_BYTES

from ..layouts import struct

__all__ = ["REQUEST", "FrameWriter"]

REQUEST = data.StructLayout({"control": struct(CONTROL), "number": 8, "ack": 8})
"""The header of a frame to be sent."""


class FrameWriter(wiring.Component):
    """Sends a frame per request, with FLAGs on both sides, escapes and CRC. Every second cycle a
    byte.

    Members
    -------
    request: In(stream of REQUEST)
    at: Out(8), the byte of the packets that is wanted; byte: In(8), that byte, one cycle later
    o: Out(stream of bytes)
    """

    def __init__(self) -> None:
        super().__init__({
            "request": In(stream.Signature(REQUEST)), "at": Out(8), "byte": In(8),
            "o": Out(stream.Signature(8)),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.crc = checksum = crc.catalog.CRC16_IBM_3740(data_width=8).create()
        header, fresh = Signal(REQUEST), Signal()  # fresh: `byte` is not there yet
        place, escaped, raw = Signal(8), Signal(), Signal(8)  # place: 0 is the first FLAG
        body = header.control.count * PACKET_BYTES + 1 + HEADER_BYTES
        is_flag, is_sum = (place == 0) | (place == body + 2), (place == body) | (place == body + 1)
        with m.Switch(place):
            for i, value in enumerate((FLAG, header.control, header.number, header.ack)):
                with m.Case(i):
                    m.d.comb += raw.eq(value)
            with m.Default():
                m.d.comb += raw.eq(self.byte)
        with m.If(is_sum):
            m.d.comb += raw.eq(Mux(place == body, checksum.crc[8:], checksum.crc[:8]))
        with m.If(is_flag):
            m.d.comb += raw.eq(FLAG)
        special = ~is_flag & ((raw == FLAG) | (raw == ESCAPE))
        taken, done = Signal(), Signal()
        busy = Signal()
        m.d.comb += [
            self.at.eq(place - (1 + HEADER_BYTES)),
            self.o.valid.eq(busy & ~fresh),
            self.o.payload.eq(Mux(special, Mux(escaped, raw ^ FLIP, ESCAPE), raw)),
            taken.eq(self.o.valid & self.o.ready),
            done.eq(taken & (~special | escaped)),
            checksum.data.eq(raw),
            checksum.valid.eq(done & ~is_flag & ~is_sum),
            checksum.start.eq(done & is_flag),
            self.request.ready.eq(~busy),
        ]
        m.d.sync += fresh.eq(0)
        with m.If(taken):
            m.d.sync += escaped.eq(special & ~escaped)
        with m.If(done):
            m.d.sync += [place.eq(place + 1), fresh.eq(1)]
            with m.If(is_flag & (place != 0)):
                m.d.sync += busy.eq(0)
        with m.If(self.request.valid & self.request.ready):
            m.d.sync += [header.eq(self.request.payload), busy.eq(1), place.eq(0)]
        return m
