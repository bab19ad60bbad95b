"""What a connection kind must say about itself."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from ..errors import InputError
from ..integers import exact_integers
from ..weights import WeightFormat, weight_format

__all__ = ["Connection"]

_LARGEST = 255  # of an input to `product`: a pixel
_MAX_SYNAPSES = 1 << 26  # as a sparse matrix 800 MB; a chip of 8 x 8 cores has 75 million


@dataclass(frozen=True, eq=False)
class Connection(ABC):
    """A linear map from the spikes of `source` to sums of `target`, in exact integers.

    weight: int64, within `format`'s range; its shape is the kind's business
    format: a name in WEIGHT_FORMATS
    delay:  0 feed-forward, d >= 1 recurrent (see `mapper.network`)
    scale:  the float that one integer step stood for in training; a record, never hardware
    """

    GEOMETRY: ClassVar[tuple[str, ...]] = ()
    """Fields (tuples of integers) that define the map beside the weight; stored and hashed."""

    source: str
    target: str
    weight: npt.NDArray[np.int64]
    format: str = "ternary"
    delay: int = 0
    scale: float = 1.0

    def __post_init__(self) -> None:
        weight = exact_integers(self.weight, f"{self.where}: weight")
        object.__setattr__(self, "weight", weight)
        self._check_geometry()
        self.weight_format.check(self.weight, self.where)
        if isinstance(self.delay, bool) or not isinstance(self.delay, int) or self.delay < 0:
            raise InputError(f"{self.where}: delay must be an integer >= 0, not {self.delay!r}")
        if not isinstance(self.scale, int | float) or not isfinite(self.scale):
            raise InputError(f"{self.where}: scale must be finite, not {self.scale!r}")

    @property
    def where(self) -> str:
        """The beginning of an error message about this connection."""
        return f"connection {self.source}->{self.target}"

    @property
    def weight_format(self) -> WeightFormat:
        """The columns that one weight takes on a crossbar."""
        return weight_format(self.format)

    @property
    def geometry(self) -> dict[str, tuple[int, ...]]:
        """The values of the `GEOMETRY` fields."""
        return {name: getattr(self, name) for name in self.GEOMETRY}

    @property
    @abstractmethod
    def synapses(self) -> int:
        """At least the number of nonzero entries of `matrix()`; known without building it."""

    @abstractmethod
    def _check_geometry(self) -> None:
        """Raise InputError unless weight and `GEOMETRY` fields fit each other."""

    @abstractmethod
    def check_shapes(self, source_shape: tuple[int, ...], target_shape: tuple[int, ...]) -> None:
        """Raise InputError, naming what would be right, unless the ends have fitting shapes."""

    @abstractmethod
    def product(self, spikes: npt.NDArray[np.generic]) -> npt.NDArray[np.floating]:
        """Weighted sums (samples, n_target) of spikes (samples, n_source), neurons in C order.

        spikes: integers of at most `_LARGEST` in magnitude: 0 and 1, or pixels

        It runs in floats because BLAS has no integers: in the narrowest one that holds the
        largest possible sum exactly, and with it every partial sum in any order.
        """

    @cached_property
    def _floats(self) -> npt.NDArray[np.floating]:
        """The weight as `product` wants it: one row per output neuron or channel."""
        rows = self.weight.reshape(len(self.weight), -1)
        largest = int(np.abs(rows).sum(axis=1).max(initial=0)) * _LARGEST
        return rows.astype(np.float32 if largest < 1 << 24 else np.float64)

    def matrix(self) -> csr_array:
        """The map as a sparse int64 matrix (n_target, n_source); shared, so do not change it.

        Raises InputError when it has too many synapses to unroll.
        """
        if self.synapses > _MAX_SYNAPSES:
            raise InputError(
                f"{self.where}: unrolls to {self.synapses} synapses, at most {_MAX_SYNAPSES}"
            )
        return self._matrix

    @cached_property
    def _matrix(self) -> csr_array:
        return self._unroll()

    @abstractmethod
    def _unroll(self) -> csr_array:
        """Build what `matrix` returns."""
