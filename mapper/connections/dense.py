"""The all-to-all connection."""

from dataclasses import dataclass
from math import prod

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from ..errors import InputError
from .base import Connection

__all__ = ["Dense"]


@dataclass(frozen=True, eq=False)
class Dense(Connection):
    """All-to-all: weight (n_target, n_source). Shapes of several dimensions flatten in C order."""

    @property
    def synapses(self) -> int:
        return int(np.count_nonzero(self.weight))

    def _check_geometry(self) -> None:
        if self.weight.ndim != 2:
            raise InputError(f"{self.where}: weight must have 2 dimensions, not {self.weight.ndim}")

    def check_shapes(self, source_shape: tuple[int, ...], target_shape: tuple[int, ...]) -> None:
        expected = (prod(target_shape), prod(source_shape))
        if self.weight.shape != expected:
            raise InputError(
                f"{self.where}: weight has shape {self.weight.shape}, expected {expected} "
                f"for source {source_shape} and target {target_shape}"
            )

    def product(self, spikes: npt.NDArray[np.generic]) -> npt.NDArray[np.floating]:
        return spikes.astype(self._floats.dtype) @ self._floats.T

    def _unroll(self) -> csr_array:
        return csr_array(self.weight)
