"""From bytes of a line to the contents of frames."""

from amaranth.hdl import Module, Signal
from amaranth.lib import crc, wiring
from amaranth.lib.wiring import In, Out

from mapper.frames import (
    CONTROL,
    ESCAPE,
    FLAG,
    FLIP,
    FRAME_PACKETS,
    HEADER_BYTES,
    PACKET_BYTES,
    SUM_BYTES,
)

from ..layouts import struct

__all__ = ["FrameReader"]


class FrameReader(wiring.Component):
    """Takes escapes out, checks CRC and length. Whatever came before, the next FLAG begins anew.

    Contents are told byte by byte before it is known whether they are good; `end` tells that. One
    byte per cycle.

    Members
    -------
    raw: In(8), a byte of the line, with raw_valid: In(1)
    byte: Out(8), of a packet; at: Out(8), its place among the packets' bytes; valid: Out(1)
    header: of the frame, CONTROL, number and ack: Out; right from the first `valid` on
    end: Out(1), the frame is over, for one cycle; good: Out(1), it is as it was sent
    """

    def __init__(self) -> None:
        super().__init__({
            "raw": In(8), "raw_valid": In(1), "byte": Out(8), "at": Out(8), "valid": Out(1),
            "control": Out(struct(CONTROL)), "number": Out(8), "ack": Out(8), "end": Out(1),
            "good": Out(1),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.crc = checksum = crc.catalog.CRC16_IBM_3740(data_width=8).create()
        escaped, length = Signal(), Signal(8)  # of the frame so far
        flag, escape = self.raw == FLAG, self.raw == ESCAPE
        inside, content = Signal(), Signal(8)
        right = Signal.like(length)
        m.d.comb += [
            content.eq(self.raw ^ (escaped << FLIP.bit_length() - 1)),
            inside.eq(self.raw_valid & ~flag & (escaped | ~escape)),
            checksum.data.eq(content), checksum.valid.eq(inside),
            checksum.start.eq(self.raw_valid & flag),
            right.eq(self.control.count * PACKET_BYTES + HEADER_BYTES + SUM_BYTES),
            self.byte.eq(content), self.at.eq(length - HEADER_BYTES),
            self.valid.eq(inside & (length >= HEADER_BYTES) & (length < right - SUM_BYTES)),
            self.end.eq(self.raw_valid & flag & (length != 0)),
            self.good.eq(checksum.match_detected & ~escaped & (length == right)
                         & (self.control.count <= FRAME_PACKETS)),
        ]  # fmt: skip
        with m.If(self.raw_valid):
            m.d.sync += escaped.eq(escape & ~escaped)
        with m.If(self.raw_valid & flag):
            m.d.sync += [length.eq(0), escaped.eq(0)]
        with m.Elif(inside):
            with m.If(length != (1 << len(length)) - 1):
                m.d.sync += length.eq(length + 1)
            with m.Switch(length):
                for place, field in enumerate((self.control, self.number, self.ack)):
                    with m.Case(place):
                        m.d.sync += field.eq(content)
        return m
