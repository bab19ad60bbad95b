"""What a neuron kind must say about itself."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from ..network import Population

__all__ = ["NeuronKind", "State"]

State = dict[str, npt.NDArray[np.int64]]
"""Named state arrays of shape (samples, n); every kind has at least `v`, the potential."""


class NeuronKind(ABC):
    """The dynamics shared by all neurons of a population.

    `spiking` tells whether the kind can fire at all; a population of a kind that cannot has no
    outgoing connections.
    """

    name: ClassVar[str]
    spiking: ClassVar[bool]

    def initial_state(self, population: "Population", samples: int) -> State:
        """State at the start of a sample: every potential at its initial value."""
        return {"v": np.tile(population.initial, (samples, 1))}

    @abstractmethod
    def step(
        self, population: "Population", state: State, current: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.bool_]:
        """Advance `state` in place by one tick and return the spikes.

        `current` (samples, n) is the exact weighted sum of this tick's spikes, without bias.
        """

    @abstractmethod
    def bounds(
        self,
        population: "Population",
        low: npt.NDArray[np.int64],
        high: npt.NDArray[np.int64],
        ticks: int,
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Smallest and largest potential (n,) that any input can cause before the reset.

        `low` and `high` (n,) bound the weighted sum of one tick. The mapper's overflow proof.
        """
