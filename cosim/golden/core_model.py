"""Golden model of one crossbar core: executes memory contents, vectorized over samples.

The products run in floats because BLAS has no integers; every sum stays below the largest integer
up to which the float is exact, in any order.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mapper.crossbar.core_image import CoreImage
from mapper.crossbar.layout import CONTROL, DECAY_CODE, RESET_CODE
from mapper.semantics import Decay, Reset, apply_decay, apply_reset

__all__ = ["CoreModel"]

_DECAYS = {code: kind for kind, code in DECAY_CODE.items()}
_RESETS = {code: reset for reset, code in RESET_CODE.items()}
Bools = npt.NDArray[np.bool_]


@dataclass
class CoreModel:
    """One core. Neuron j is the j-th complete neuron, its state in column `last[j]`."""

    image: CoreImage
    potential_bits: int

    def __post_init__(self) -> None:
        control = CONTROL.unpack(self.image.control[: self.image.columns])
        self.last = np.flatnonzero(control["last"])
        state = {n: control[n][self.last] for n in ("decay", "amount", "reset", "silent")}
        self.silent = state["silent"].astype(bool)
        self.once = state["reset"] == RESET_CODE[Reset.ONCE]
        keys = np.stack([state["decay"], state["amount"], state["reset"]], axis=1)
        self.groups = [
            (np.flatnonzero((keys == key).all(axis=1)), key) for key in np.unique(keys, axis=0)
        ]
        self.threshold = self.image.threshold[self.last]
        self.initial = self.image.initial[self.last]
        self.bias = self.image.bias[self.last]
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
        self.v = np.tile(self.initial, (samples, 1))
        self.held = np.zeros(self.v.shape, bool)

    def step(self, axons: Bools) -> tuple[Bools, bool]:
        """One active tick: (fired (samples, neurons), whether anything saturated)."""
        total = (axons.astype(self.weights.dtype) @ self.weights).astype(np.int64) + self.bias
        v = np.empty_like(self.v)
        for neurons, (decay, amount, _) in self.groups:
            rule = Decay(_DECAYS[int(decay)], int(amount))
            v[:, neurons] = apply_decay(self.v[:, neurons], rule)
        v += total
        limit = 1 << (self.potential_bits - 1)
        clipped = np.clip(v, -limit, limit - 1)
        saturated = bool(((clipped != v) & ~self.held).any())
        span = 2 * limit
        fired = (clipped >= self.threshold) & ~self.held & ~self.silent
        for neurons, (_, _, reset) in self.groups:
            clipped[:, neurons] = apply_reset(
                clipped[:, neurons], fired[:, neurons], self.threshold[neurons],
                _RESETS[int(reset)],
            )  # fmt: skip
        # Subtracting a negative threshold may wrap; the mapper's proof excludes it.
        clipped = (clipped + limit) % span - limit
        self.v = np.where(self.held, self.v, clipped)
        self.held |= fired & self.once
        return fired, saturated
