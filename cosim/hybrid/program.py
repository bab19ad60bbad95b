"""The memories of a PIM macro as blocks of words."""

import numpy as np

from mapper.packets import Space
from mapper.pim.layout import (
    ROUTES,
    ChannelField,
    Region,
    Register,
    channel_address,
    region_address,
)
from mapper.pim.macro_image import MacroImage
from mapper.pim.params import MacroParams

from ..blocks import Block

__all__ = ["macro_blocks"]

Ints = np.ndarray


def _padded(words: Ints, size: int) -> Ints:
    """Unsigned words of a memory of `size` words; those not in use are 0."""
    found = np.zeros(size, np.int64)
    found[: len(words)] = words & 0xFFFF_FFFF
    return found


def macro_blocks(image: MacroImage, macro: MacroParams) -> list[Block]:
    """Everything that is programmed: memories, then registers."""
    tables = {
        Region.POINTER: (image.pointer, macro.neurons),
        Region.ROW: (image.row, macro.rows * macro.banks),
        Region.POSITION: (image.position, macro.positions),
    }
    blocks = [
        Block("bit cell memory", Space.SYNAPSE, np.arange(macro.weight_words),
              _cells(image, macro)),
        Block("route memory", Space.SYNAPSE, ROUTES + np.arange(macro.routes),
              _padded(image.route, macro.routes)),
    ]  # fmt: skip
    for region, (words, size) in tables.items():
        addresses = region_address(region, 0) + np.arange(size)
        name = f"{region.name.lower()} memory"
        blocks.append(Block(name, Space.CONFIG, addresses, _padded(words, size)))
    for field in ChannelField:
        name = field.name.lower()
        addresses = channel_address(0, field) + np.arange(macro.channels) * 8
        values = _padded(getattr(image, name), macro.channels)
        blocks.append(Block(f"{name} memory", Space.CONFIG, addresses, values))
    return [*blocks, _registers(image)]


def _cells(image: MacroImage, macro: MacroParams) -> Ints:
    """The bit cells by address, with zeros between."""
    words = image.cells(macro)
    spare = [(1 << (n - 1).bit_length()) - n for n in words.shape[2:]]
    return np.pad(words, [(0, 0), (0, 0), *((0, n) for n in spare)]).ravel().astype(np.int64)


def _registers(image: MacroImage) -> Block:
    values = {
        Register.CHANNELS: image.channels, Register.POSITIONS: image.positions,
        Register.ROWS: image.rows, Register.STACK: image.stack, Register.TICKS: image.ticks,
        Register.ADC: image.adc,
    }  # fmt: skip
    addresses = region_address(Region.REGISTER, 0) + np.array([*values])
    return Block("registers", Space.CONFIG, addresses, np.array([*values.values()]))
