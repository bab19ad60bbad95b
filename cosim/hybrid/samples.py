"""What the host asks of a hybrid chip in every sample."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from mapper.hybrid.image import HybridImage
from mapper.mesh import cover
from mapper.network import INPUT
from mapper.packets import PACKET, Kind, Space, rectangle
from mapper.pim.layout import VALUES_PER_WORD, WORD, Region, Register, region_address

from ..crossbar.samples import SamplePlan
from ..reads import Read, read_words

__all__ = ["HybridPlan"]

Packets = npt.NDArray[np.uint64]


class HybridPlan(SamplePlan):
    """The crossbar cores' TICKs and READs; before a sample's first TICK the input values go to
    all macros at a time, and after each of their ticks their flags and potentials are read.
    """

    def __init__(self, image: HybridImage) -> None:
        self.hybrid = image
        macros = {image.params.position(i) for i in image.macros}
        self._where = [rectangle(*sides) for sides in cover(macros)]
        self._words = _words_in_use(image)
        super().__init__(image.crossbar, 0)

    def _tick_reads(self, tick: int) -> list[Read]:
        reads = super()._tick_reads(tick)
        params = self.hybrid.params
        if tick >= self.hybrid.network_ticks:
            return reads
        for place, macro in self.hybrid.macros.items():
            fired = region_address(Region.FIRED, 0) + np.arange(-(-macro.neurons // WORD))
            potential = region_address(Region.POTENTIAL, 0) + np.arange(macro.neurons)
            reads += read_words(params, place, fired, "fired", tick)
            reads += read_words(params, place, potential, "potential", tick)
        return reads

    def _register_reads(self) -> list[Read]:
        first = self.hybrid.params.crossbar_cores
        reads = [r for r in super()._register_reads() if r.core < first]
        found = {"registers": (Register.ERRORS, Register.STRAY),
                 "converters": (Register.CONVERSIONS, Register.CLIPPED)}  # fmt: skip
        for kind, (low, high) in found.items():
            address = region_address(Region.REGISTER, 0) + np.arange(low, high + 1)
            for place in self.hybrid.macros:
                reads += read_words(self.hybrid.params, place, address, kind, -1)
        return reads

    def _spikes(
        self, sent: Mapping[str, npt.NDArray[np.generic]], sample: int, tick: int
    ) -> list[Packets]:
        """Not spikes: WRITEs of the values, before the first tick."""
        if tick:
            return []
        buffer = np.zeros(self.hybrid.params.macro.activations, np.uint8)
        buffer[self.hybrid.values] = sent[INPUT][sample, 0]
        words = buffer.view("<u4")[self._words]
        address = region_address(Region.ACTIVATION, 0) + self._words
        facts = {"kind": Kind.WRITE, "space": Space.CONFIG, "address": address, "data": words}
        return [PACKET.pack(**facts, **where) for where in self._where]


def _words_in_use(image: HybridImage) -> npt.NDArray[np.int64]:
    """Words of the activation memory that hold an input, or padding that a macro reads: that is
    written too, since the memory may hold values of another network's samples.
    """
    used = np.zeros(image.params.macro.activations, bool)
    used[image.values] = True
    for macro in image.macros.values():
        used[macro.places()] = True
    return np.unique(np.flatnonzero(used) // VALUES_PER_WORD)
