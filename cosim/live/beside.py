"""The golden model beside a chip, at the moment at which the chip is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from ..trace import ChipTrace

__all__ = ["Golden"]


@dataclass(frozen=True)
class Golden:
    """trace: of the sample under way, later ticks without input; moment: `LiveChip.moment`"""

    trace: ChipTrace
    moment: Callable[[str], int]

    def potentials(self, population: str) -> npt.NDArray[Any]:
        """What `LiveChip.potentials` should be."""
        return self.trace.potentials[population][0, self.moment(population)]

    def spikes(self, population: str) -> npt.NDArray[Any]:
        """What `LiveChip.spikes` should be."""
        return self.trace.spikes[population][0, self.moment(population)]
