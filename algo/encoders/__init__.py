"""Encoders turn images into spikes, in integers. A new one is one file and one line here."""

from typing import Any

import numpy as np
import numpy.typing as npt

from mapper.errors import InputError

from .base import Encoder
from .binarize import Binarize
from .rate_if import RateIf

__all__ = ["ENCODERS", "Encoder", "check_encoding", "encode"]

ENCODERS: dict[str, Encoder] = {encoder.name: encoder for encoder in (Binarize(), RateIf())}


def check_encoding(encoding: dict[str, Any]) -> Encoder:
    """Return the encoder that `encoding` names; InputError for a bad name or parameter."""
    name = encoding.get("name")
    if name not in ENCODERS:
        raise InputError(f"unknown encoding {name!r}; known: {', '.join(ENCODERS)}")
    encoder = ENCODERS[name]
    where = f"encoding {name}"
    unknown = set(encoding) - set(encoder.parameters) - {"name"}
    if unknown:
        known = ", ".join(encoder.parameters)
        raise InputError(f"{where}: unknown key {min(unknown)!r}; known: {known}")
    for key, allowed in encoder.parameters.items():
        value = encoding.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or value not in allowed:
            raise InputError(
                f"{where}: {key} must be an integer in {allowed.start}..{allowed.stop - 1}, "
                f"not {value!r}"
            )
    return encoder


def encode(
    images: npt.NDArray[np.uint8], encoding: dict[str, Any], ticks: int
) -> npt.NDArray[np.uint8]:
    """Spikes (N, ticks, n_in), 0 or 1, of images (N, *shape); n_in is a flattened image.

    `encoding`: {"name": "binarize", "threshold": int} or {"name": "rate_if", "maximum": int}.
    The same images always give the same spikes. Raises InputError for a bad encoding, for
    ticks < 1 and for images that are not unsigned bytes.
    """
    encoder = check_encoding(encoding)
    if isinstance(ticks, bool) or not isinstance(ticks, int) or ticks < 1:
        raise InputError(f"ticks must be an integer >= 1, not {ticks!r}")
    if images.dtype != np.uint8 or images.ndim < 2:
        raise InputError(f"images must be uint8 (N, *shape), not {images.dtype} {images.shape}")
    parameters = {key: encoding[key] for key in encoder.parameters}
    return encoder.encode(images.reshape(len(images), -1), ticks, **parameters)
