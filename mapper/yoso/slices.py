"""Slices: the neurons that one PE holds."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..network import Population

__all__ = ["LayerPlan", "Slice"]


@dataclass(frozen=True, eq=False)
class Slice:
    """What one PE holds: `neurons` of a population, in the order of its local neurons."""

    population: Population
    neurons: npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class LayerPlan:
    """A population cut into slices.

    stride: words between the weights of consecutive elements of its source, the same on all of
            its PEs, so that one address of a source's spike is right on all of them
    bound:  fewest PEs by Zhang et al. 2021, max(m n / W, n / N)
    reason: what limits a slice
    """

    population: Population
    slices: tuple[Slice, ...]
    stride: int
    bound: int
    reason: str

    @property
    def largest(self) -> int:
        """Neurons of the largest slice."""
        return max(len(s.neurons) for s in self.slices)
