"""Golden model of the neurons of a core: executes CONTROL words, vectorized over samples."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from mapper.crossbar.layout import CONTROL, DECAY_CODE, RESET_CODE
from mapper.semantics import Decay, Reset, apply_decay, apply_reset

__all__ = ["NeuronModel"]

_DECAYS = {code: kind for kind, code in DECAY_CODE.items()}
_RESETS = {code: reset for reset, code in RESET_CODE.items()}
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass
class NeuronModel:
    """control, threshold, initial, bias: (neurons,), the first of them CONTROL words."""

    control: Ints
    threshold: Ints
    initial: Ints
    bias: Ints
    potential_bits: int

    WORDS: ClassVar = ("control", "threshold", "initial", "bias")

    def __post_init__(self) -> None:
        state = CONTROL.unpack(self.control)
        self.silent = state["silent"].astype(bool)
        self.once = state["reset"] == RESET_CODE[Reset.ONCE]
        keys = np.stack([state["decay"], state["amount"], state["reset"]], axis=1)
        self.groups = [
            (np.flatnonzero((keys == key).all(axis=1)), key) for key in np.unique(keys, axis=0)
        ]

    def start(self, samples: int) -> None:
        """State at the start of a sample."""
        self.v = np.tile(self.initial, (samples, 1))
        self.held = np.zeros(self.v.shape, bool)

    def step(self, sums: Ints) -> tuple[Bools, bool]:
        """One tick: (fired (samples, neurons), whether anything saturated)."""
        v = np.empty_like(self.v)
        for neurons, (decay, amount, _) in self.groups:
            rule = Decay(_DECAYS[int(decay)], int(amount))
            v[:, neurons] = apply_decay(self.v[:, neurons], rule)
        v += sums + self.bias
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
