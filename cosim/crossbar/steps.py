"""A crossbar chip, tick by tick and word by word."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from mapper.crossbar.image import ChipImage
from mapper.crossbar.layout import ColumnField, Region, Register, column_address, config_address
from mapper.crossbar.params import CoreParams
from mapper.errors import InputError
from mapper.network import INPUT
from mapper.packets import Space

from ..steps import Packets, Reader, Steps, Words
from .samples import SamplePlan

__all__ = ["CrossbarSteps", "crossbar_words"]

Ints = npt.NDArray[np.int64]
_SIGNED = (
    ColumnField.THRESHOLD, ColumnField.INITIAL, ColumnField.BIAS, ColumnField.POTENTIAL
)  # fmt: skip


def crossbar_words(params: CoreParams) -> dict[str, Words]:
    """Words of a crossbar core: registers, fields of columns, tables."""
    config, n = Space.CONFIG, params.neurons
    found = {r.name.lower(): Words(config, config_address(Region.REGISTER, r), 1) for r in Register}
    for field in ColumnField:
        first = column_address(0, field)
        found[field.name.lower()] = Words(config, first, n, 8, field in _SIGNED)
    found["route"] = Words(config, config_address(Region.ROUTE, 0), params.routes)
    fired = config_address(Region.FIRED, 0)
    found["fired"] = Words(config, fired, -(-n // params.fired_word))
    found["synapse"] = Words(Space.SYNAPSE, 0, params.axons * n // params.synapse_chunk)
    return found


class CrossbarSteps(Steps):
    """InputError for an image of several passes, which the host would have to change over."""

    def __init__(self, image: ChipImage) -> None:
        if len(image.passes) > 1:
            raise InputError(
                f"{image.network_name} takes {len(image.passes)} passes on this mesh; step by "
                "step runs only what fits at once: map it onto larger cores, or use cosim"
            )
        self._plan = SamplePlan(image, 0)
        self._fired_word = image.params.core.fired_word
        self.words, self.ticks = crossbar_words(image.params.core), image.ticks

    def sample(self, spikes: npt.NDArray[np.bool_]) -> Iterator[tuple[Packets, int]]:
        requests = self._plan.requests({INPUT: spikes[None]}, 0)
        for (start, reads), asked in zip(requests, self._plan.reads_after, strict=True):
            yield np.concatenate([start, reads]), 1 + sum(len(r.addresses) for r in asked)

    def check(self, spikes: npt.NDArray[np.bool_]) -> None:
        """The chip takes any."""

    def potentials(self, read: Reader, core: int, columns: Ints) -> Ints:
        return read(core, "potential", columns)

    def spikes(self, read: Reader, core: int, columns: Ints, tick: int) -> Ints:
        word, bit = np.divmod(columns, self._fired_word)
        return read(core, "fired", word) >> bit & 1
