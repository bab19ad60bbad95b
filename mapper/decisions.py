"""How an output population names a class; the only place that says so."""

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

__all__ = ["DECISIONS", "Decision", "class_scores", "needs_spikes"]

Decision = Literal["potential", "spikes", "first_spike"]
"""Largest final potential; most spikes; or earliest spike (see `class_scores`)."""

DECISIONS: tuple[str, ...] = get_args(Decision)

_TICK = 1 << 32  # one tick earlier outweighs any difference of potentials


def needs_spikes(decision: str) -> bool:
    """Whether the output must be a population that can fire."""
    return decision != "potential"


def class_scores(
    decision: str, spikes: npt.NDArray[np.generic], potentials: npt.NDArray[np.generic]
) -> npt.NDArray[np.generic]:
    """What decides: (samples, classes); the largest wins, ties go to the lowest index.

    spikes:     0 or 1, (samples, ticks, classes)
    potentials: after the last tick, (samples, classes), |v| < 2^31; integers, or floats of a
                network that is not quantized

    "first_spike": the earlier the better. Among neurons that fire at the same tick, or when none
    fires, the larger final potential wins; a neuron that fires once holds the one it fired with.
    """
    if decision == "spikes":
        return spikes.sum(axis=1, dtype=np.int64)
    if decision == "first_spike":
        # Ticks left when a neuron first fires: 0 when it never does.
        left = (np.cumsum(spikes, axis=1) > 0).sum(axis=1, dtype=np.int64)
        return left * _TICK + potentials
    return potentials + np.zeros((), np.int64)
