"""What an encoder must say about itself."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from mapper.errors import InputError

__all__ = ["Encoder", "Parameters"]

Parameters = dict[str, Any]
"""An encoding without its name."""


class Encoder(ABC):
    """A deterministic map from pixels to spikes.

    parameters: names, and the allowed values of those that are integers (None: others)
    """

    name: ClassVar[str]
    parameters: ClassVar[dict[str, range | None]]

    @property
    def where(self) -> str:
        """The beginning of an error message."""
        return f"encoding {self.name}"

    def check(self, parameters: Parameters) -> None:
        """Raise InputError unless the parameters are right; by default all are integers."""
        for key, allowed in self.parameters.items():
            value = parameters.get(key)
            if allowed is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int) or value not in allowed:
                raise InputError(
                    f"{self.where}: {key} must be an integer in {allowed.start}.."
                    f"{allowed.stop - 1}, not {value!r}"
                )

    def shape(self, image: tuple[int, ...], parameters: Parameters) -> tuple[int, ...]:
        """Shape of one tick's spikes for images of shape `image`; by default the same."""
        return image

    @abstractmethod
    def encode(
        self, pixels: npt.NDArray[np.uint8], ticks: int, parameters: Parameters
    ) -> npt.NDArray[np.uint8]:
        """Spikes uint8 (N, ticks, n) of flattened images (N, pixels). All has been checked."""
