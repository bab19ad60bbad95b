"""The frames of the link between a host and a board, and the word that tells designs apart.

Framing as in RFC 1662: a frame lies between two FLAGs; a FLAG or an ESCAPE inside it is sent as
ESCAPE and the byte with bit 5 turned over. Inside: HEADER, then `count` packets of 8 bytes each,
least significant byte first, then the CRC-16 of all of it, most significant byte first.
"""

import hashlib
import json
from dataclasses import asdict
from enum import IntEnum

from .bits import BitLayout
from .mesh import MeshParams

__all__ = [
    "CONTROL", "DESIGN", "ESCAPE", "FABRIC_CODES", "FLAG", "FLIP", "FRAME_PACKETS", "HEADER_BYTES",
    "PACKET_BYTES", "SUM_BYTES", "VERSION", "FrameKind", "design_word",
]  # fmt: skip

VERSION = 1
"""Of everything in this file."""
FLAG, ESCAPE, FLIP = 0x7E, 0x7D, 0x20
HEADER_BYTES, PACKET_BYTES, SUM_BYTES = 3, 8, 2
FRAME_PACKETS = 16
"""Packets in a frame, at most."""


class FrameKind(IntEnum):
    """What a frame is for."""

    DATA = 0
    """number = that of its first packet; packets are numbered modulo 256 from 0, each way"""
    ACK = 1
    """nothing but the acknowledgement that every frame carries"""
    REJECT = 2
    """likewise, and: something was damaged or lost, send again from the acknowledged packet on"""
    RESET = 3
    """to the board: reset chip and link; number = any. Its answer: the same number, and DESIGN"""


CONTROL = BitLayout("control", (("count", 5), ("reserved", 1), ("kind", 2)))
"""Byte 0 of a frame. Byte 1 is `number`, byte 2 `ack`: all packets before this one came."""

FABRIC_CODES = {"crossbar": 1, "hybrid": 2, "yoso": 3}
DESIGN = BitLayout(
    "design",
    (("digest", 32), ("window", 8), ("width", 4), ("height", 4), ("fabric", 8), ("version", 8)),
)
"""What a board is. digest: of all parameters; window: packets that may wait unacknowledged on
their way to the board; fabric: a FABRIC_CODE; version: VERSION."""


def design_word(params: MeshParams, window: int) -> int:
    """The DESIGN of a board that holds a chip of these parameters."""
    facts = json.dumps([params.fabric, asdict(params)], sort_keys=True)
    digest = int.from_bytes(hashlib.sha256(facts.encode()).digest()[:4], "little")
    word = DESIGN.pack(
        digest=digest, window=window, width=params.width, height=params.height,
        fabric=FABRIC_CODES[params.fabric], version=VERSION,
    )  # fmt: skip
    return int(word)
