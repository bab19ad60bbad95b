"""Deterministic rate code: each pixel drives an integrate-and-fire neuron."""

import numpy as np
import numpy.typing as npt

from .base import Encoder, Parameters

__all__ = ["RateIf"]


class RateIf(Encoder):
    """acc += pixel; when acc >= `maximum`: spike and acc -= maximum. No leak, acc starts at 0.

    Source: Desire backpropagation, section 5.1 (input neurons with beta_p = 1), in integers. For
    pixels up to `maximum` the number of spikes in T ticks is floor(T * pixel / maximum).
    """

    name = "rate_if"
    parameters = {"maximum": range(1, 65536)}

    def encode(
        self, pixels: npt.NDArray[np.uint8], ticks: int, parameters: Parameters
    ) -> npt.NDArray[np.uint8]:
        maximum = parameters["maximum"]
        # A brighter pixel than `maximum` piles up at most 255 a tick beyond it.
        accumulated = np.zeros(pixels.shape, dtype=np.int64)
        spikes = np.empty((len(pixels), ticks, pixels.shape[1]), dtype=np.uint8)
        for tick in range(ticks):
            accumulated += pixels
            fired = accumulated >= maximum
            accumulated -= maximum * fired
            spikes[:, tick] = fired
        return spikes
