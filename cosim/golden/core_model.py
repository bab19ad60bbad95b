"""Golden model of one crossbar core: executes memory contents, vectorized over samples.

The products run in floats because BLAS has no integers; every sum stays below the largest integer
up to which the float is exact, in any order.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mapper.crossbar.core_image import CoreImage
from mapper.crossbar.layout import CONTROL

from .neurons import NeuronModel

__all__ = ["CoreModel"]

Bools = npt.NDArray[np.bool_]


@dataclass
class CoreModel:
    """One core. Neuron j is the j-th complete neuron, its state in column `last[j]`."""

    image: CoreImage
    potential_bits: int

    def __post_init__(self) -> None:
        control = CONTROL.unpack(self.image.control[: self.image.columns])
        self.last = np.flatnonzero(control["last"])
        words = {n: getattr(self.image, n)[self.last] for n in NeuronModel.WORDS}
        self.neurons = NeuronModel(**words, potential_bits=self.potential_bits)
        self.strength = np.where(control["negative"], -1, 1) << control["shift"]

    @property
    def axons(self) -> int:
        """Axons of all phases: axon = phase * crossbar rows + row."""
        return len(self.image.synapse) << self.image.extension

    def _synapses(self) -> npt.NDArray[np.float32]:
        """On-synapses (axons, columns in use)."""
        phases = 1 << self.image.extension
        block = self.image.synapse.shape[1] // phases
        used = self.image.columns
        parts = [self.image.synapse[:, p * block : p * block + used] for p in range(phases)]
        return np.concatenate(parts).astype(np.float32)

    @cached_property
    def weights(self) -> npt.NDArray[np.floating]:
        """Weight (axons, neurons): strengths of a neuron's columns added up.

        In the narrowest float that is exact for the largest sum.
        """
        neuron = np.searchsorted(self.last, np.arange(self.image.columns))
        gather = np.zeros((self.image.columns, len(self.last)), np.float32)
        gather[np.arange(self.image.columns), neuron] = self.strength
        weights = self._synapses() @ gather
        largest = np.abs(weights).sum(axis=0, dtype=np.float64).max(initial=0)
        return weights if largest < 1 << 24 else weights.astype(np.float64)

    @cached_property
    def fan_out(self) -> npt.NDArray[np.float64]:
        """On-synapses of each axon."""
        return self._synapses().sum(axis=1, dtype=np.float64)

    def start(self, samples: int) -> None:
        """State at the start of a sample."""
        self.neurons.start(samples)

    @property
    def v(self) -> npt.NDArray[np.int64]:
        """Potentials (samples, neurons)."""
        return self.neurons.v

    def step(self, axons: Bools) -> tuple[Bools, bool]:
        """One active tick: (fired (samples, neurons), whether anything saturated)."""
        sums = axons.astype(self.weights.dtype) @ self.weights
        return self.neurons.step(sums.astype(np.int64))
