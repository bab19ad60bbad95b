"""Encoders turn images into spikes, in integers. A new one is one file and one line here."""

from typing import Any

import numpy as np
import numpy.typing as npt

from mapper.errors import InputError

from .base import Encoder
from .bernoulli import Bernoulli
from .binarize import Binarize
from .contrast_latency import ContrastLatency
from .events import Events
from .latency import Latency
from .pixels import PIXEL_MAXIMUM, Pixels
from .rate_if import RateIf
from .transduction import Transduction, transduction_encoding

__all__ = [
    "ENCODERS",
    "PIXEL_MAXIMUM",
    "Encoder",
    "check_encoding",
    "encode",
    "encoded_shape",
    "transduction_encoding",
]

ENCODERS: dict[str, Encoder] = {
    encoder.name: encoder
    for encoder in (
        Binarize(),
        Bernoulli(),
        Events(),
        Latency(),
        ContrastLatency(),
        Pixels(),
        RateIf(),
        Transduction(),
    )
}


def check_encoding(encoding: dict[str, Any]) -> Encoder:
    """Return the encoder that `encoding` names; InputError for a bad name or parameter."""
    name = encoding.get("name")
    if name not in ENCODERS:
        raise InputError(f"unknown encoding {name!r}; known: {', '.join(ENCODERS)}")
    encoder = ENCODERS[name]
    unknown = set(encoding) - set(encoder.parameters) - {"name"}
    if unknown:
        known = ", ".join(encoder.parameters) or "none"
        raise InputError(f"{encoder.where}: unknown key {min(unknown)!r}; known: {known}")
    encoder.check(_parameters(encoding))
    return encoder


def encode(
    images: npt.NDArray[np.uint8], encoding: dict[str, Any], ticks: int
) -> npt.NDArray[np.uint8]:
    """Spikes (N, ticks, n_in), 0 or 1, of images (N, *shape); with "pixels" their values.

    `encoding`: {"name": ..., parameters} of an encoder in `ENCODERS`, such as {"name":
    "binarize", "threshold": 128}; n_in is the product of `encoded_shape`. The same images always
    give the same spikes. Raises InputError for a bad encoding, for ticks < 1 and for images that
    are not unsigned bytes or do not fit the encoding.
    """
    encoder = check_encoding(encoding)
    if isinstance(ticks, bool) or not isinstance(ticks, int) or ticks < 1:
        raise InputError(f"ticks must be an integer >= 1, not {ticks!r}")
    if images.dtype != np.uint8 or images.ndim < 2:
        raise InputError(f"images must be uint8 (N, *shape), not {images.dtype} {images.shape}")
    return encoder.encode(images.reshape(len(images), -1), ticks, _parameters(encoding))


def encoded_shape(image: tuple[int, ...], encoding: dict[str, Any]) -> tuple[int, ...]:
    """Shape of one tick's spikes for images of shape `image`; InputError for a bad encoding."""
    return check_encoding(encoding).shape(image, _parameters(encoding))


def _parameters(encoding: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in encoding.items() if key != "name"}
