"""Time to first spike of what stands out from its surroundings."""

import numpy as np
import numpy.typing as npt

from mapper.errors import InputError

from .base import Encoder, Parameters
from .latency import Latency

__all__ = ["ContrastLatency"]

GREY, WHITE = 128, 255


class ContrastLatency(Encoder):
    """`Latency` of c = 128 + floor(gain (x - m)), clipped to 0..255; m the mean around the pixel.

    m is that of the square of 2 radius + 1 pixels a side, over the edges of the image mirrored.
    So light and slow shades make no difference, as behind the centre-surround cells of a retina;
    all of it in integers. Not in the papers of STDBP and SSTDP, which encode grey values.

    width: of the images, in pixels
    """

    name = "contrast_latency"
    parameters = {"width": range(1, 65536), "radius": range(1, 256), "gain": range(1, 256)}

    def encode(
        self, pixels: npt.NDArray[np.uint8], ticks: int, parameters: Parameters
    ) -> npt.NDArray[np.uint8]:
        width, radius, gain = (parameters[key] for key in self.parameters)
        if pixels.shape[1] % width:
            raise InputError(
                f"{self.where}: images of {pixels.shape[1]} pixels have no rows of {width}"
            )
        images = pixels.reshape(len(pixels), -1, width).astype(np.int64)
        area = (2 * radius + 1) ** 2
        above = gain * (images * area - _window_sums(images, radius)) // area
        contrast = np.clip(GREY + above, 0, WHITE).astype(np.uint8).reshape(pixels.shape)
        return Latency().encode(contrast, ticks, {"maximum": WHITE})


def _window_sums(images: npt.NDArray[np.int64], radius: int) -> npt.NDArray[np.int64]:
    """Sums (N, H, W) of the squares around each pixel of images (N, H, W)."""
    side = 2 * radius + 1
    padded = np.pad(images, ((0, 0), (radius, radius), (radius, radius)), "symmetric")
    total = np.pad(padded.cumsum(axis=1).cumsum(axis=2), ((0, 0), (1, 0), (1, 0)))
    rows = total[:, side:] - total[:, :-side]
    sums: npt.NDArray[np.int64] = rows[:, :, side:] - rows[:, :, :-side]
    return sums
