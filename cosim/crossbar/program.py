"""The memories of a crossbar core as blocks of words, and the packets that program a chip."""

import numpy as np
import numpy.typing as npt

from mapper.crossbar.core_image import CoreImage
from mapper.crossbar.image import ChipImage
from mapper.crossbar.layout import ColumnField, Region, Register, column_address, config_address
from mapper.crossbar.params import CoreParams
from mapper.packets import Space, rectangle

from ..blocks import Block

__all__ = ["core_blocks", "idle_core", "program_packets", "register_block", "scanned_blocks"]

Packets = npt.NDArray[np.uint64]
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


def program_packets(image: ChipImage, index: int = 0) -> Packets:
    """WRITE packets that program every word of every core of a pass."""
    parts = []
    for i in image.cores_of(index):
        where = rectangle(*image.position(i))
        parts += [b.writes(where) for b in scanned_blocks(image.cores[i], image.params.core)]
    return np.concatenate(parts)
