"""Slices: the neurons that one PE holds."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..network import Population
from .lists import WeightLists

__all__ = ["LayerPlan", "Slice"]


@dataclass(frozen=True, eq=False)
class Slice:
    """What one PE holds: `neurons` of a population, in the order of its local neurons.

    lists: its weights, if it has weight lists; else they are where LayerPlan.stride says
    """

    population: Population
    neurons: npt.NDArray[np.int64]
    lists: WeightLists | None = None


@dataclass(frozen=True, eq=False)
class LayerPlan:
    """A population cut into slices.

    stride: words between the weights of consecutive elements of its source, the same on all of
            its PEs, so that one address of a source's spike is right on all of them; 0 with lists
    bound:  fewest PEs by Zhang et al. 2021, max(m n / W, n / N)
    reason: what limits a slice
    """

    population: Population
    slices: tuple[Slice, ...]
    stride: int
    bound: int
    reason: str

    @property
    def listed(self) -> bool:
        """Whether its PEs have weight lists."""
        return self.slices[0].lists is not None

    @property
    def largest(self) -> int:
        """Neurons of the largest slice."""
        return max(len(s.neurons) for s in self.slices)
