"""A hybrid chip, tick by tick and word by word."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from mapper.hybrid.image import HybridImage
from mapper.network import INPUT
from mapper.packets import Space
from mapper.pim.layout import (
    ROUTES,
    VALUES_PER_WORD,
    WORD,
    ChannelField,
    Region,
    Register,
    channel_address,
    region_address,
)
from mapper.pim.params import MacroParams

from ..crossbar.steps import crossbar_words
from ..inputs import input_values
from ..steps import Packets, Reader, Steps, Words
from .samples import HybridPlan

__all__ = ["HybridSteps"]

Ints = npt.NDArray[np.int64]
_MACRO = "macro_"


def _macro_words(macro: MacroParams) -> dict[str, Words]:
    """Registers, fields of channels, tables."""
    config = Space.CONFIG
    found = {r.name.lower(): Words(config, region_address(Region.REGISTER, r), 1) for r in Register}
    for field in ChannelField:
        first, signed = channel_address(0, field), field != ChannelField.CONTROL
        found[field.name.lower()] = Words(config, first, macro.channels, 8, signed)
    sizes = {
        Region.POTENTIAL: macro.neurons, Region.POINTER: macro.neurons,
        Region.ACTIVATION: macro.activations // VALUES_PER_WORD,
        Region.POSITION: macro.positions, Region.ROW: macro.rows * macro.banks,
        Region.FIRED: macro.neurons // WORD,
    }  # fmt: skip
    for region, size in sizes.items():
        signed = region == Region.POTENTIAL
        found[region.name.lower()] = Words(config, region_address(region, 0), size, 1, signed)
    found["route"] = Words(Space.SYNAPSE, ROUTES, macro.routes)
    found["cells"] = Words(Space.SYNAPSE, 0, macro.weight_words)
    return found


class HybridSteps(Steps):
    """Words of macros are called macro_NAME. Its input are values of 8 bits."""

    dtype = np.uint8

    def __init__(self, image: HybridImage) -> None:
        self._plan, self._image = HybridPlan(image), image
        macro = {f"{_MACRO}{n}": w for n, w in _macro_words(image.params.macro).items()}
        self.words, self.ticks = crossbar_words(image.params.core) | macro, image.ticks

    def of_core(self, core: int) -> dict[str, Words]:
        macro = core in self._image.macros
        return {n: w for n, w in self.words.items() if n.startswith(_MACRO) == macro}

    def name(self, words: str, core: int) -> str:
        return f"{_MACRO}{words}" if core in self._image.macros else words

    def sample(self, spikes: npt.NDArray[np.generic]) -> Iterator[tuple[Packets, int]]:
        requests = self._plan.requests({INPUT: spikes[None]}, 0)
        for (start, reads), asked in zip(requests, self._plan.reads_after, strict=True):
            yield np.concatenate([start, reads]), 1 + sum(len(r.addresses) for r in asked)

    def check(self, spikes: npt.NDArray[np.generic]) -> None:
        input_values(self._image, spikes[None])

    def potentials(self, read: Reader, core: int, columns: Ints) -> Ints:
        return read(core, self.name("potential", core), columns)

    def spikes(self, read: Reader, core: int, columns: Ints, tick: int) -> Ints:
        width = WORD if core in self._image.macros else self._image.params.core.fired_word
        word, bit = np.divmod(columns, width)
        return read(core, self.name("fired", core), word) >> bit & 1
