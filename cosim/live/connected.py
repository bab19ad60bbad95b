"""A chip at the other end of something that carries packets."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mapper.image import Image

from ..fabrics import find_fabric

__all__ = ["Connected", "Progress"]

Progress = Callable[[int], None]


class Connected(ABC):
    """image: what the chip is to be programmed with"""

    def __init__(self, image: Image[Any]) -> None:
        self.image, self._fabric = image, find_fabric(image)
        self._steps = self._fabric.steps(image)

    @abstractmethod
    def restart(self) -> None:
        """What `reset` does, but for what this object knows of the chip."""

    @abstractmethod
    def transfer(
        self, packets: Sequence[int], answers: int, progress: Progress
    ) -> npt.NDArray[np.uint64]:
        """What `exchange` does, likewise."""

    def reset(self) -> None:
        """Registers as after power-up; the chip has to be programmed again."""
        self.restart()

    def exchange(
        self, packets: Sequence[int], answers: int = 0, progress: Progress = lambda answers: None
    ) -> npt.NDArray[np.uint64]:
        """Send packets (`mapper.packets.PACKET`) as they are; all that the chip sends.

        answers: DONE and REPLY packets to wait for; progress: told how many have come. Raises
        EngineError when the chip falls silent before that.
        """
        return self.transfer(packets, answers, progress)
