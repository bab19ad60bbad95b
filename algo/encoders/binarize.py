"""Black or white: the same picture at every tick."""

import numpy as np
import numpy.typing as npt

from .base import Encoder, Parameters

__all__ = ["Binarize"]


class Binarize(Encoder):
    """A pixel spikes, at every tick, when it is at least `threshold`."""

    name = "binarize"
    parameters = {"threshold": range(1, 256)}

    def encode(
        self, pixels: npt.NDArray[np.uint8], ticks: int, parameters: Parameters
    ) -> npt.NDArray[np.uint8]:
        spikes = (pixels >= parameters["threshold"]).astype(np.uint8)
        return np.repeat(spikes[:, None], ticks, axis=1)
