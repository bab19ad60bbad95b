"""Who wants to know of every run of an engine: functional coverage does."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mapper.image import Image

from .engines.base import Stalls
from .trace import ChipTrace

__all__ = ["OBSERVERS", "Run"]


@dataclass(frozen=True, eq=False)
class Run:
    """What an engine was given and what came back. engine: its name; pace: of `host.PACES`."""

    engine: str
    image: Image
    stalls: Stalls
    pace: str
    packets: npt.NDArray[np.uint64]
    answers: npt.NDArray[np.uint64]
    trace: ChipTrace


OBSERVERS: list[Callable[[Run], None]] = []
"""Each is called with every run that `run_engine` has finished."""
