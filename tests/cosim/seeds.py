"""Seeds and stalls of the differential tests."""

import os
from collections.abc import Sequence

from cosim.engines import Stalls

__all__ = ["seeds", "stalls_for"]

_STALLED = ((0, 0.3), (0, 0.7), (0.3, 0), (0.7, 0.3), (0.3, 0.7), (0.7, 0.7), (0.3, 0.3), (0.7, 0))
"""Probabilities of sending and taking: every pair of none, some and many but for none of both."""


def seeds(default: Sequence[int]) -> list[int]:
    """`default`, or those that SPIKELOOM_SEEDS names, as in `SPIKELOOM_SEEDS=1000-1200`."""
    chosen = os.environ.get("SPIKELOOM_SEEDS")
    if not chosen:
        return list(default)
    first, _, last = chosen.partition("-")
    return list(range(int(first), int(last or first) + 1))


def stalls_for(seed: int) -> Stalls:
    """None for every third seed, otherwise one of `_STALLED`, by turns."""
    turn, third = divmod(seed, 3)
    source, sink = _STALLED[(2 * turn + third - 1) % len(_STALLED)] if third else (0, 0)
    return Stalls(source=source, sink=sink, seed=seed)
