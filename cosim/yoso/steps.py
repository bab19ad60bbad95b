"""A YOSO grid, tick by tick and word by word."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from mapper.packets import Space
from mapper.yoso.image import GridImage
from mapper.yoso.layout import (
    STATE,
    WEIGHTS_PER_WORD,
    NeuronField,
    Region,
    Register,
    neuron_address,
    region_address,
)
from mapper.yoso.params import PeParams

from ..inputs import check_single
from ..steps import Packets, Reader, Steps, Words
from .samples import SamplePlan

__all__ = ["GridSteps"]

Ints = npt.NDArray[np.int64]
_SIGNED = (NeuronField.ACCUMULATOR, NeuronField.THRESHOLD)


def _words(pe: PeParams) -> dict[str, Words]:
    """Registers, fields of neurons, tables."""
    config = Space.CONFIG
    found = {r.name.lower(): Words(config, region_address(Region.REGISTER, r), 1) for r in Register}
    for field in NeuronField:
        first = neuron_address(0, field)
        found[field.name.lower()] = Words(config, first, pe.neurons, 8, field in _SIGNED)
    if pe.lists:
        found["row"] = Words(config, region_address(Region.ROW, 0), pe.rows)
        found["run"] = Words(config, region_address(Region.RUN, 0), pe.runs)
    found["weight"] = Words(Space.SYNAPSE, 0, pe.weights // WEIGHTS_PER_WORD)
    return found


class GridSteps(Steps):
    """At pace "tick": the host waits for the grid after each."""

    def __init__(self, image: GridImage) -> None:
        self._plan = SamplePlan(image, "tick")
        self.words, self.ticks = _words(image.params.pe), image.network_ticks

    def sample(self, spikes: npt.NDArray[np.bool_]) -> Iterator[tuple[Packets, int]]:
        requests = self._plan.requests(spikes)  # spikes, tokens and READs take turns
        for asked in self._plan.reads_after:
            packets = np.concatenate([next(requests) for _ in range(3)])
            yield packets, 1 + sum(len(r.addresses) for r in asked)

    def check(self, spikes: npt.NDArray[np.bool_]) -> None:
        check_single(spikes[None])

    def potentials(self, read: Reader, core: int, columns: Ints) -> Ints:
        potential = STATE.unpack(read(core, "state", columns))["potential"]
        sign = 1 << dict(STATE.fields)["potential"] - 1
        return (potential ^ sign) - sign

    def spikes(self, read: Reader, core: int, columns: Ints, tick: int) -> Ints:
        state = STATE.unpack(read(core, "state", columns))
        return state["fired"] & (state["tick"] == tick)
