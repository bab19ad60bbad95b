"""When the output fires first: the tick at which a user of early exit has the class."""

import numpy as np
import numpy.typing as npt

from ..run import Run

__all__ = ["first_spikes"]


def first_spikes(run: Run) -> npt.NDArray[np.int64] | None:
    """(samples,): tick of the first output spike, T where there is none; None for Evidence that
    tells of one sample only.
    """
    if "counts/input" not in run.figures:
        return None
    fired = run.figures[f"counts/{run.populations[-1]}"] > 0
    return np.where(fired.any(axis=1), fired.argmax(axis=1), run.ticks)
