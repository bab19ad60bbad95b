"""Integers and shapes as they come from callers and files: exact, or refused."""

from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import InputError

__all__ = ["check_shape", "exact_integers"]

_LIMIT = 1 << 31  # weights, thresholds, biases, potentials beyond 32 bits are always mistakes
_MAX_SIZE = 1 << 22  # neurons of a population, inputs; a chip has 65,536: more is a damaged file


def exact_integers(value: Any, where: str) -> npt.NDArray[np.int64]:
    """`value` as an int64 array, unchanged; InputError for fractions, NaN, text, 2^31 and more."""
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise InputError(f"{where}: not an array of integers: {error}") from error
    kind = array.dtype.kind
    if kind not in "biuf" or (kind == "f" and not np.array_equal(array, np.rint(array))):
        raise InputError(f"{where}: not all values are integers")
    if array.size and not -_LIMIT < array.min() <= array.max() < _LIMIT:
        raise InputError(f"{where}: values beyond 32 bits")
    return np.ascontiguousarray(array, dtype=np.int64) if array.ndim else array.astype(np.int64)


def check_shape(shape: Any, where: str) -> None:
    """Raise InputError unless `shape` is a tuple of positive integers of a sane product."""
    if (
        not isinstance(shape, tuple)
        or not shape
        or any(isinstance(d, bool) or not isinstance(d, int) or d < 1 for d in shape)
    ):
        raise InputError(f"{where}: shape must be a tuple of positive integers, not {shape!r}")
    if prod(shape) > _MAX_SIZE:
        raise InputError(f"{where}: shape {shape} has {prod(shape)} elements, at most {_MAX_SIZE}")
