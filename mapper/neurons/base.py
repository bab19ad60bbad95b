"""What a neuron kind must say about itself."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from ..semantics import apply_decay

if TYPE_CHECKING:
    from ..network import Population

__all__ = ["Interval", "NeuronKind", "State", "integrate"]

Array = npt.NDArray[np.int64]

Interval = tuple[Array, Array]
"""Lowest and highest values (n,), both included."""

State = dict[str, Array]
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
    def step(self, population: "Population", state: State, current: Array) -> npt.NDArray[np.bool_]:
        """Advance `state` in place by one tick and return the spikes.

        `current` (samples, n) is the exact weighted sum of this tick's spikes, without bias.
        """

    @abstractmethod
    def interval(
        self, population: "Population", v: Interval, current: Interval, tick: int
    ) -> tuple[Interval, Interval]:
        """`step` on intervals: the bounds of the potentials before and after the reset.

        `v` bounds the potentials after tick - 1 of neurons that are not held, `current` the
        weighted sum of every tick.
        """

    def bounds(
        self,
        population: "Population",
        low: Array,
        high: Array,
        ticks: int,
    ) -> Interval:
        """Smallest and largest potential (n,) that any input can cause, before or after a reset.

        `low` and `high` (n,) bound the weighted sum of one tick. The mapper's overflow proof.
        """
        v = population.initial, population.initial
        worst_low = worst_high = population.initial
        for tick in range(ticks):
            # The subtraction of the reset must fit as well as the sum before it.
            sums, v = self.interval(population, v, (low, high), tick)
            worst_low = np.minimum(worst_low, np.minimum(sums[0], v[0]))
            worst_high = np.maximum(worst_high, np.maximum(sums[1], v[1]))
        return worst_low, worst_high


def integrate(population: "Population", v: Array, current: Array) -> Array:
    """decay(v) + sum + bias. Monotone in v and sum, so it maps intervals by their ends."""
    return apply_decay(v, population.decay) + current + population.bias
