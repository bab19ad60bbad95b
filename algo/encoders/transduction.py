"""A trained convolution that turns pixels into spikes, outside the chip, in integers."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mapper.connections import Conv
from mapper.errors import InputError
from mapper.integers import exact_integers

from .base import Encoder, Parameters

__all__ = ["Transduction", "transduction_encoding"]

BATCH = 500
"""Images at a time: the sums of 10,000 images would take gigabytes."""


class Transduction(Encoder):
    """Spiking channel c * group + j fires where the convolution's channel c >= threshold[c][j].

    The transduction layer of Zou et al. 2021, section 4.1 (after Esser et al. 2016): multi-bit
    pixels go through the first convolution of the trained network, and groups of stateless
    threshold units fire. The same spikes at every tick.

    input_shape: (C_in, *size), of the pixels
    weight:      int8, nested (C_out, C_in, *kernel)
    stride, padding: one number per spatial dimension
    threshold:   (C_out, group), on sums of weight times pixel 0..255
    group:       spiking channels per channel, see `mapper.network.Population`
    """

    name = "transduction"
    parameters = {
        "input_shape": None, "weight": None, "stride": None, "padding": None, "threshold": None,
        "group": range(1, 65),
    }  # fmt: skip

    def check(self, parameters: Parameters) -> None:
        super().check(parameters)
        conv, threshold = self._convolution(parameters), self._threshold(parameters)
        expected = (len(conv.weight), parameters["group"])
        if threshold.shape != expected:
            raise InputError(
                f"{self.where}: threshold has shape {threshold.shape}, expected {expected}"
            )

    def shape(self, image: tuple[int, ...], parameters: Parameters) -> tuple[int, ...]:
        conv = self._convolution(parameters)
        if math.prod(image) != math.prod(conv.input_shape):
            raise InputError(
                f"{self.where}: images have {math.prod(image)} pixels, input_shape is "
                f"{conv.input_shape}"
            )
        channels, *size = conv.output_shape
        return (channels * self._threshold(parameters).shape[1], *size)

    def encode(
        self, pixels: npt.NDArray[np.uint8], ticks: int, parameters: Parameters
    ) -> npt.NDArray[np.uint8]:
        conv, threshold = self._convolution(parameters), self._threshold(parameters)
        size = self.shape(pixels.shape[1:], parameters)
        spikes = np.empty((len(pixels), *threshold.shape, math.prod(size[1:])), dtype=np.uint8)
        for start in range(0, len(pixels), BATCH):
            chosen = slice(start, start + BATCH)
            sums = conv.product(pixels[chosen])
            by_channel = sums.reshape(len(sums), len(threshold), 1, -1)
            spikes[chosen] = by_channel >= threshold[:, :, None]
        return np.repeat(spikes.reshape(len(pixels), 1, -1), ticks, axis=1)

    def _convolution(self, parameters: Parameters) -> Conv:
        try:
            return Conv(
                "pixels",
                "spikes",
                parameters["weight"],
                "int8",
                input_shape=tuple(parameters["input_shape"]),
                stride=tuple(parameters["stride"]),
                padding=tuple(parameters["padding"]),
            )
        except (KeyError, TypeError) as error:
            raise InputError(f"{self.where}: incomplete or not numbers: {error}") from error
        except InputError as error:
            raise InputError(f"{self.where}: {error}") from error

    def _threshold(self, parameters: Parameters) -> npt.NDArray[np.int64]:
        return exact_integers(parameters.get("threshold"), f"{self.where}: threshold")


def transduction_encoding(conv: Conv, threshold: Sequence[Sequence[int]]) -> dict[str, Any]:
    """The encoding, in plain JSON values, of a convolution of pixels and its thresholds."""
    return {
        "name": Transduction.name,
        "input_shape": list(conv.input_shape),
        "weight": conv.weight.tolist(),
        "stride": list(conv.stride),
        "padding": list(conv.padding),
        "threshold": [list(group) for group in threshold],
        "group": len(threshold[0]),
    }
