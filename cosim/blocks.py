"""Memories as a host sees them through a packet port: written, read in bursts, checked.

Every programmable memory of a core is a `Block` of words. The host writes those that change, then
has each core compute a checksum of the whole block (Kind.SCAN) and compares.
"""

import zlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mapper.mesh import MeshParams
from mapper.packets import BURST, PACKET, Kind, Space, rectangle

__all__ = ["Block", "burst_packets", "bursts", "everywhere"]

Packets = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Block:
    """A memory of a core as the host sees it: words `values` (unsigned 32 bits) at `addresses`."""

    name: str
    space: Space
    addresses: Ints
    values: Ints

    @property
    def crc(self) -> int:
        """CRC-32 of the words, 4 little-endian bytes each: what a SCAN answers."""
        return zlib.crc32(self.values.astype("<u4").tobytes())

    def erased(self) -> "Block":
        """The same memory, all 0, as it is before it is programmed."""
        return replace(self, values=np.zeros_like(self.values))

    def writes(self, where: dict[str, Any], before: "Block | None" = None) -> Packets:
        """WRITE packets for all words, or for those that differ from what was there before."""
        keep = slice(None) if before is None else self.values != before.values
        return PACKET.pack(
            kind=Kind.WRITE, space=self.space, address=self.addresses[keep],
            data=self.values[keep], **where,
        )  # fmt: skip

    def reads(self, kind: Kind, where: dict[str, Any]) -> Packets:
        """READ or SCAN packets for all words, one per burst."""
        return burst_packets(kind, self.space, self.addresses, where)


def everywhere(params: MeshParams) -> dict[str, Any]:
    """The rectangle of all cores."""
    return rectangle(0, 0, params.width - 1, params.height - 1)


def burst_packets(kind: Kind, space: Space, addresses: Ints, where: dict[str, Any]) -> Packets:
    """READ or SCAN packets for all addresses, one per burst of `bursts`."""
    return np.array([
        PACKET.pack(kind=kind, space=space, address=first,
                    data=BURST.pack(count=count - 1, stride=stride), **where)
        for first, count, stride in bursts(addresses)
    ], np.uint64)  # fmt: skip


def bursts(values: Ints) -> list[tuple[int, int, int]]:
    """Split a sequence into arithmetic progressions (first, count, stride), each a burst."""
    found, i = [], 0
    while i < len(values):
        stride = int(values[i + 1] - values[i]) if i + 1 < len(values) else 0
        steps = np.flatnonzero(np.diff(values[i:]) != stride)
        stop = len(values) if not len(steps) else i + int(steps[0]) + 1
        found.append((int(values[i]), stop - i, stride))
        i = stop
    return found
