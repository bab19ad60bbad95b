"""Random rate code: at each tick a pixel spikes with a probability that is its value."""

import hashlib

import numpy as np
import numpy.typing as npt

from .base import Encoder, Parameters

__all__ = ["Bernoulli"]

_BITS = 16


class Bernoulli(Encoder):
    """A pixel spikes at each tick with probability pixel / `maximum`, independently; at most 1.

    The draws are those of the counter-based generator Philox (Salmon et al. 2011), keyed by `seed`
    and the image's content: an image has the same spikes wherever it stands, in every batch,
    process and version. 16 bits decide on a spike, so the probability is exact to 2^-16.
    """

    name = "bernoulli"
    parameters = {"maximum": range(1, 65536), "seed": range(1 << 31)}

    def encode(
        self, pixels: npt.NDArray[np.uint8], ticks: int, parameters: Parameters
    ) -> npt.NDArray[np.uint8]:
        maximum, n = parameters["maximum"], pixels.shape[1]
        # draw / 2^16 < pixel / maximum, in integers: never for 0, always from `maximum` on.
        limits = -(-(pixels.astype(np.int64) << _BITS) // maximum)
        spikes = np.empty((len(pixels), ticks, n), dtype=np.uint8)
        for image, limit, fired in zip(pixels, limits, spikes, strict=True):
            draws = _draws(image, parameters["seed"], ticks * n)
            np.less(draws.reshape(ticks, n), limit, out=fired.view(bool))
        return spikes


def _draws(image: npt.NDArray[np.uint8], seed: int, count: int) -> npt.NDArray[np.uint16]:
    """`count` uniform numbers of 16 bits. Raw, since numpy may change distributions made of it."""
    digest = hashlib.blake2b(image.tobytes(), digest_size=8).digest()
    key = np.array([seed, int.from_bytes(digest, "little")], np.uint64)
    generator = np.random.Philox(key=key)
    words = np.asarray(generator.random_raw(-(-count // 4)), dtype="<u8")
    return words.view("<u2")[:count]
