"""Frames of the link to a board as bytes, see `mapper.frames` and docs/host.md."""

import binascii
from collections.abc import Iterator
from dataclasses import dataclass

from mapper.frames import (
    CONTROL,
    ESCAPE,
    FLAG,
    FLIP,
    FRAME_PACKETS,
    HEADER_BYTES,
    PACKET_BYTES,
    SUM_BYTES,
    FrameKind,
)

__all__ = ["Frame", "FrameParser", "encode"]

_INIT = 0xFFFF  # CRC-16/IBM-3740, which `crc_hqx` computes
_FLAG, _ESCAPE = bytes([FLAG]), bytes([ESCAPE])
_HIDDEN = {plain: bytes([ESCAPE, plain ^ FLIP]) for plain in (ESCAPE, FLAG)}
_LONGEST = 2 * (HEADER_BYTES + PACKET_BYTES * FRAME_PACKETS + SUM_BYTES)


@dataclass(frozen=True)
class Frame:
    """packets: 8 bytes each, least significant first."""

    kind: FrameKind
    number: int
    ack: int
    packets: bytes = b""

    @property
    def count(self) -> int:
        """Packets in it."""
        return len(self.packets) // PACKET_BYTES


def encode(frame: Frame) -> bytes:
    """What goes over the line, FLAGs included."""
    control = int(CONTROL.pack(kind=frame.kind, count=frame.count))
    body = bytes([control, frame.number, frame.ack]) + frame.packets
    body += binascii.crc_hqx(body, _INIT).to_bytes(SUM_BYTES, "big")
    for plain, hidden in _HIDDEN.items():  # ESCAPE first
        body = body.replace(bytes([plain]), hidden)
    return _FLAG + body + _FLAG


def _decode(body: bytes) -> Frame | None:
    """The frame between two FLAGs; None when it is damaged."""
    if body.count(_ESCAPE) != sum(body.count(hidden) for hidden in _HIDDEN.values()):
        return None
    for plain, hidden in reversed(_HIDDEN.items()):
        body = body.replace(hidden, bytes([plain]))
    packets = len(body) - HEADER_BYTES - SUM_BYTES
    if packets < 0 or binascii.crc_hqx(body, _INIT):
        return None
    control = {name: int(value) for name, value in CONTROL.unpack(body[0]).items()}
    if control["count"] > FRAME_PACKETS or packets != control["count"] * PACKET_BYTES:
        return None
    return Frame(FrameKind(control["kind"]), body[1], body[2], body[HEADER_BYTES:-SUM_BYTES])


class FrameParser:
    """Finds frames in bytes that come in pieces of any length."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[Frame | None]:
        """Frames that are complete now; None for each that is damaged."""
        *bodies, self._rest = (self._rest + data).split(_FLAG)
        yield from (_decode(body) for body in bodies if body)
        if len(self._rest) > _LONGEST:  # noise without end
            self._rest = _ESCAPE * _LONGEST
