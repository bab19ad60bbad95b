"""No code at all: the pixels themselves, for a first layer that multiplies."""

import numpy as np
import numpy.typing as npt

from .base import Encoder, Parameters

__all__ = ["PIXEL_MAXIMUM", "Pixels"]

PIXEL_MAXIMUM = 255


class Pixels(Encoder):
    """Values 0..255 instead of spikes, at every tick (direct coding).

    Only a rule whose first layer is computed off chip can learn from them; the network that it
    exports has another encoding.
    """

    name = "pixels"
    parameters = {}

    def encode(
        self, pixels: npt.NDArray[np.uint8], ticks: int, parameters: Parameters
    ) -> npt.NDArray[np.uint8]:
        return np.repeat(pixels[:, None], ticks, axis=1)
