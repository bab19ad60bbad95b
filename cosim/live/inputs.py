"""What people send, in the form that a chip takes."""

from typing import Any

import numpy as np
import numpy.typing as npt

from mapper.errors import InputError
from mapper.image import Image

__all__ = ["chosen_elements", "values_of", "whole_sample"]

Array = npt.NDArray[Any]


def chosen_elements(image: Image[Any], spikes: Array) -> npt.NDArray[np.bool_]:
    """bool (inputs,) from that, in any shape of the input, or from numbers of elements.

    Raises InputError for anything else.
    """
    n = int(np.prod(image.input_shape))
    if spikes.dtype == bool and spikes.shape in ((n,), image.input_shape):
        return spikes.reshape(-1)
    numbers = spikes.ndim == 1 and (spikes.dtype.kind in "iu" or not spikes.size)
    if not numbers or ((spikes < 0) | (spikes >= n)).any():
        raise InputError(f"send takes {n} booleans, or a list of numbers from 0 to {n - 1}")
    chosen = np.zeros(n, bool)
    chosen[spikes.astype(np.int64)] = True
    return chosen


def values_of(image: Image[Any], values: Array) -> npt.NDArray[np.uint8]:
    """uint8 (inputs,) from integers 0..255 in any shape of the input; InputError for others."""
    n = int(np.prod(image.input_shape))
    right = values.shape in ((n,), image.input_shape) and values.dtype.kind in "iu"
    if not right or ((values < 0) | (values > 255)).any():
        raise InputError(f"send takes {n} values of 0 to 255")
    return values.reshape(-1).astype(np.uint8)


def whole_sample(like: Array, sample: Array) -> Array:
    """`sample` in the type of `like`; InputError for another shape, or if something were lost."""
    if sample.shape != like.shape:
        raise InputError(f"input of shape {sample.shape}, expected {like.shape}")
    if sample.dtype.kind not in "biu" or (sample.astype(like.dtype) != sample).any():
        raise InputError(f"input of type {sample.dtype}, expected values of type {like.dtype}")
    return sample.astype(like.dtype)
