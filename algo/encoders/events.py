"""Recorded events: time comes with the image."""

import numpy as np
import numpy.typing as npt

from mapper.errors import InputError

from .base import Encoder, Parameters

__all__ = ["Events"]


class Events(Encoder):
    """Images (bins, *shape) of events; tick t of T has those of bins b with b T // bins = t.

    A pixel spikes at a tick when it has an event in any of its bins; T is at most `bins`.
    """

    name = "events"
    parameters = {"bins": range(1, 1025)}

    def shape(self, image: tuple[int, ...], parameters: Parameters) -> tuple[int, ...]:
        """Without the bins, where `image` has them: (bins, channels, height, width)."""
        if len(image) != 4:
            return image
        if image[0] != parameters["bins"]:
            raise InputError(
                f"{self.where}: bins is {parameters['bins']}, the images have {image[0]}"
            )
        return image[1:]

    def encode(
        self, pixels: npt.NDArray[np.uint8], ticks: int, parameters: Parameters
    ) -> npt.NDArray[np.uint8]:
        bins = parameters["bins"]
        if ticks > bins or pixels.shape[1] % bins:
            raise InputError(
                f"{self.where}: images of {pixels.shape[1]} values in {bins} bins cannot become "
                f"{ticks} ticks"
            )
        first = -(-np.arange(ticks) * bins // ticks)  # of the bins of each tick
        return np.maximum.reduceat(pixels.reshape(len(pixels), bins, -1) > 0, first, axis=1).astype(
            np.uint8
        )
