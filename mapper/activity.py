"""Activity: how often every element spikes in a sample, from which traffic and work follow."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from .image import Image
from .network import INPUT

__all__ = ["Activity", "uniform_activity"]

Activity = Mapping[str, npt.NDArray[np.float64]]
"""Source ("input" or a population) -> (n,) spikes per sample of each element."""


def uniform_activity(image: Image[Any]) -> dict[str, npt.NDArray[np.float64]]:
    """One spike per sample everywhere."""
    names = (INPUT, *(p.name for p in image.populations))
    return {name: np.ones(image.size(name)) for name in names}
