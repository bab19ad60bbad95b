"""Fully connected sums."""

import math

import numpy as np
import numpy.typing as npt
from torch import Tensor

from mapper.network import Dense

from .events import event_sums
from .quantized_map import QuantizedMap

__all__ = ["QuantizedLinear"]


class QuantizedLinear(QuantizedMap):
    """Every neuron sees every input. weight: (n, n_in)."""

    def __init__(self, input_shape: tuple[int, ...], n: int, format: str) -> None:
        super().__init__(input_shape, (n,), (n, math.prod(input_shape)), format)

    def sums(self, x: Tensor, weight: Tensor) -> Tensor:
        return event_sums(x, weight)

    def _connection(
        self, source: str, target: str, weight: npt.NDArray[np.int64], scale: float
    ) -> Dense:
        return Dense(source, target, weight.reshape(len(weight), -1), self.format, scale=scale)
