"""Seeds and stalls of the differential tests."""

import os

from cosim.engines import Stalls

__all__ = ["seeds", "stalls_for"]


def seeds(default: range) -> list[int]:
    """`default`, or those that SPIKELOOM_SEEDS names, as in `SPIKELOOM_SEEDS=1000-1200`."""
    chosen = os.environ.get("SPIKELOOM_SEEDS")
    if not chosen:
        return list(default)
    first, _, last = chosen.partition("-")
    return list(range(int(first), int(last or first) + 1))


def stalls_for(seed: int) -> Stalls:
    """None, some or many, on both ports."""
    probability = (0.0, 0.3, 0.7)[seed % 3]
    return Stalls(source=probability, sink=probability, seed=seed)
