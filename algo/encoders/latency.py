"""Time to first spike: the brighter a pixel, the earlier its only spike."""

import numpy as np
import numpy.typing as npt

from .base import Encoder, Parameters

__all__ = ["Latency"]


class Latency(Encoder):
    """One spike at tick floor((maximum - pixel) T / maximum); none at all for a black pixel.

    Pixels of at least `maximum` spike at tick 0. Source: SSTDP, Algorithm 1, phase I, in
    integers.
    """

    name = "latency"
    parameters = {"maximum": range(1, 256)}

    def encode(
        self, pixels: npt.NDArray[np.uint8], ticks: int, parameters: Parameters
    ) -> npt.NDArray[np.uint8]:
        maximum = parameters["maximum"]
        dark = np.clip(maximum - pixels.astype(np.int64), 0, None)
        tick_of = dark * ticks // maximum  # `ticks` of a black pixel: never
        spikes: npt.NDArray[np.uint8] = tick_of[:, None] == np.arange(ticks)[:, None]
        return spikes.astype(np.uint8)
