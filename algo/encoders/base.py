"""What an encoder must say about itself."""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
import numpy.typing as npt

__all__ = ["Encoder"]


class Encoder(ABC):
    """A deterministic map from pixels to spikes.

    parameters: allowed values of each integer parameter, by name
    """

    name: ClassVar[str]
    parameters: ClassVar[dict[str, range]]

    @abstractmethod
    def encode(
        self, pixels: npt.NDArray[np.uint8], ticks: int, **parameters: int
    ) -> npt.NDArray[np.uint8]:
        """Spikes uint8 (N, ticks, n) of pixels (N, n). The parameters have been checked."""
