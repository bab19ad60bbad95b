"""Programming a core through its packet port, and finding out whether it worked.

Every programmable memory of a core is a `Block` of words. The host writes those that change, then
has each core compute a checksum of the whole block (Kind.SCAN) and compares.
"""

import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mapper.crossbar.core_image import CoreImage
from mapper.crossbar.image import ChipImage
from mapper.crossbar.layout import ColumnField, Region, Register, column_address, config_address
from mapper.crossbar.params import CoreParams
from mapper.packets import BURST, PACKET, Kind, Space, rectangle

__all__ = ["Block", "burst_packets", "bursts", "core_blocks", "everywhere", "idle_core",
           "program_packets", "register_block", "scanned_blocks"]  # fmt: skip

Packets = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
_FIELDS = {
    "control": ColumnField.CONTROL,
    "threshold": ColumnField.THRESHOLD,
    "initial": ColumnField.INITIAL,
    "bias": ColumnField.BIAS,
    "pointer": ColumnField.ROUTES,
}
_REGISTERS = {
    "columns": Register.COLUMNS,
    "extension": Register.EXTENSION,
    "first_tick": Register.FIRST_TICK,
    "ticks": Register.TICKS,
}


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

    def writes(self, where: dict[str, int], before: "Block | None" = None) -> Packets:
        """WRITE packets for all words, or for those that differ from what was there before."""
        keep = slice(None) if before is None else self.values != before.values
        return PACKET.pack(
            kind=Kind.WRITE, space=self.space, address=self.addresses[keep],
            data=self.values[keep], **where,
        )  # fmt: skip

    def reads(self, kind: Kind, where: dict[str, int]) -> Packets:
        """READ or SCAN packets for all words, one per burst."""
        return burst_packets(kind, self.space, self.addresses, where)


def idle_core(params: CoreParams) -> CoreImage:
    """A core that does nothing: what memories hold before they are programmed."""
    return CoreImage(**CoreImage.empty(params))


def scanned_blocks(core: CoreImage, params: CoreParams) -> list[Block]:
    """Everything that is programmed: memories, then registers."""
    return [*core_blocks(core, params), register_block(core)]


def core_blocks(core: CoreImage, params: CoreParams) -> list[Block]:
    """The programmable memories of a core, one bank of them."""
    chunk = params.synapse_chunk
    bits = core.synapse.reshape(-1, chunk)
    synapses = np.packbits(bits, axis=1, bitorder="little")
    padded = np.zeros((len(synapses), 4), np.uint8)
    padded[:, : synapses.shape[1]] = synapses
    words = padded.view("<u4")[:, 0].astype(np.int64)
    blocks = [Block("synapse memory", Space.SYNAPSE, np.arange(len(words)), words)]
    columns = np.arange(params.neurons)
    for name, field in _FIELDS.items():
        addresses = column_address(0, field) + columns * 8
        values = getattr(core, name) & 0xFFFF_FFFF
        blocks.append(Block(f"{name} memory", Space.CONFIG, addresses, values))
    first = config_address(Region.ROUTE, 0)
    entries = first + np.arange(params.routes)
    blocks.append(Block("route memory", Space.CONFIG, entries, core.route & 0xFFFF_FFFF))
    return blocks


def register_block(core: CoreImage) -> Block:
    """The registers that say what runs when."""
    addresses = config_address(Region.REGISTER, 0) + np.array([*_REGISTERS.values()])
    values = np.array([getattr(core, name) for name in _REGISTERS])
    return Block("registers", Space.CONFIG, addresses, values)


def everywhere(image: ChipImage) -> dict[str, int]:
    """The rectangle of all cores."""
    return rectangle(0, 0, image.params.width - 1, image.params.height - 1)


def program_packets(image: ChipImage, index: int = 0) -> Packets:
    """WRITE packets that program every word of every core of a pass."""
    parts = []
    for i in image.cores_of(index):
        where = rectangle(*image.position(i))
        parts += [b.writes(where) for b in scanned_blocks(image.cores[i], image.params.core)]
    return np.concatenate(parts)


def burst_packets(kind: Kind, space: Space, addresses: Ints, where: dict[str, int]) -> Packets:
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
