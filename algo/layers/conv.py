"""Convolutional sums in one, two or three dimensions."""

import math

import numpy as np
import numpy.typing as npt
from torch import Tensor
from torch.nn import functional

from mapper.network import Conv
from mapper.topology import convolved

from .quantized_map import QuantizedMap

__all__ = ["QuantizedConv"]

CONVOLUTIONS = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}


class QuantizedConv(QuantizedMap):
    """Convolution with zero padding, as `mapper.network.Conv`. weight: (C, C_in, *kernel).

    stride, padding: one number per spatial dimension
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        channels: int,
        kernel: tuple[int, ...],
        stride: tuple[int, ...],
        padding: tuple[int, ...],
        format: str,
    ) -> None:
        shape = (channels, *convolved(input_shape[1:], kernel, stride, padding))
        super().__init__(input_shape, shape, (channels, input_shape[0], *kernel), format)
        self.kernel, self.stride, self.padding = kernel, stride, padding

    def sums(self, x: Tensor, weight: Tensor) -> Tensor:
        maps = x.reshape(-1, *self.input_shape)
        convolve = CONVOLUTIONS[len(self.kernel)]
        sums = convolve(maps, weight, stride=self.stride, padding=self.padding)
        return sums.reshape(*x.shape[:2], math.prod(self.shape))

    def _connection(
        self, source: str, target: str, weight: npt.NDArray[np.int64], scale: float
    ) -> Conv:
        return Conv(
            source,
            target,
            weight.reshape(*weight.shape[:2], *self.kernel),
            self.format,
            scale=scale,
            input_shape=(weight.shape[1], *self.input_shape[1:]),
            stride=self.stride,
            padding=self.padding,
        )
