"""The memories of a YOSO PE as blocks of words, and the packets that program a grid."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from mapper.packets import Space, rectangle
from mapper.yoso.image import GridImage
from mapper.yoso.layout import NeuronField, Region, Register, neuron_address, region_address
from mapper.yoso.params import PeParams
from mapper.yoso.pe_image import PeImage

from ..blocks import Block

__all__ = ["pe_blocks", "program_packets"]

Ints = npt.NDArray[np.int64]
_WORD = 0xFFFF_FFFF


def pe_blocks(image: PeImage, pe: PeParams) -> list[Block]:
    """Everything that is programmed: memories, then registers."""
    words = image.weight.astype(np.int8).view("<u4").astype(np.int64)
    neurons = np.arange(pe.neurons) * 8
    threshold, spike = (neuron_address(0, f) for f in (NeuronField.THRESHOLD, NeuronField.SPIKE))
    blocks = [
        Block("weight memory", Space.SYNAPSE, np.arange(len(words)), words),
        Block("threshold memory", Space.CONFIG, threshold + neurons, image.threshold & _WORD),
        Block("spike address memory", Space.CONFIG, spike + neurons, image.spike),
    ]
    if pe.lists:
        blocks += [_table("row", Region.ROW, image.row), _table("run", Region.RUN, image.run)]
    return [*blocks, _registers(image)]


def _table(name: str, region: Region, words: Ints) -> Block:
    addresses = region_address(region, 0) + np.arange(len(words))
    return Block(f"{name} memory", Space.CONFIG, addresses, words)


def _registers(image: PeImage) -> Block:
    """The registers from NEURONS to STOP."""
    values = [image.neurons, image.sources, image.ticks, image.mode, image.line]
    addresses = region_address(Region.REGISTER, 0) + np.arange(Register.NEURONS, Register.STOP + 1)
    words = np.array([*values, *image.targets, image.stop], np.int64)
    return Block("registers", Space.CONFIG, addresses, words)


def program_packets(image: GridImage) -> Iterator[npt.NDArray[np.uint64]]:
    """WRITEs of the words that differ from those of a PE that is not used: zeros."""
    pe = image.params.pe
    unused = pe_blocks(PeImage.empty(pe), pe)
    for i, core in enumerate(image.cores):
        where = rectangle(*image.position(i))
        for block, before in zip(pe_blocks(core, pe), unused, strict=True):
            yield block.writes(where, before)
