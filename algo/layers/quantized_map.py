"""Weights that are floats to the optimizer and integers to everybody else."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from mapper.connections import Connection

from ..quantize import Quantized, quantize

__all__ = ["Disturbance", "QuantizedMap"]

Disturbance = Callable[["QuantizedMap", Tensor], Tensor]


class QuantizedMap(nn.Module, ABC):
    """Weighted sums without bias: what fully connected and convolutional layers share.

    weight:      float parameter (outputs, ...), uniform in +-sqrt(3 / fan-in) at first
    format:      a name in `algo.quantize.QUANTIZED_FORMATS`
    input_shape: of one sample at one tick, channels first: (n_in,) or (C_in, *size)
    shape:       of its sums, (n,) or (C, *size); `weight` has one row per neuron or channel
    disturb:     what hardware adds to the sums, (B, 1, n) or (B, T, n) of this map and x, without
                 gradients; None, as of every exported network: nothing
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        shape: tuple[int, ...],
        weight_shape: tuple[int, ...],
        format: str,
    ) -> None:
        super().__init__()
        self.input_shape, self.shape, self.format = input_shape, shape, format
        self.disturb: Disturbance | None = None
        bound = math.sqrt(3 / math.prod(weight_shape[1:]))
        self.weight = nn.Parameter(torch.empty(weight_shape).uniform_(-bound, bound))

    @torch.no_grad()
    def normalize_rows(self) -> None:
        """Give each neuron's or channel's weights length 1."""
        rows = self.weight.flatten(1)
        rows /= rows.norm(dim=1, keepdim=True)

    @property
    def channels(self) -> int:
        """Output channels; every neuron of a fully connected layer is one."""
        return self.shape[0]

    @property
    def places(self) -> int:
        """Neurons of a channel."""
        return math.prod(self.shape[1:])

    def per_neuron(self, values: Tensor) -> Tensor:
        """Values of channels repeated for each of their neurons: (channels,) -> (n,)."""
        return values.repeat_interleave(self.places)

    def quantized(self) -> Quantized:
        """The integers, as floats, in the shape of `weight`, and their scale."""
        return quantize(self.weight, self.format)

    def forward(self, x: Tensor, quantized: bool = True) -> Tensor:
        """Sums (B, T, n) of x (B, T, n_in), both flattened, in integer units.

        Exact when quantized: |sum| < 2^24. Otherwise with the float weights divided by the scale.
        """
        sums = self.sums(x, self.scaled(quantized))
        return sums + self.disturb(self, x) if quantized and self.disturb else sums

    def scaled(self, quantized: bool) -> Tensor:
        """The weights in integer units, rounded if `quantized`; differentiable."""
        integers, scale = self.quantized()
        return integers if quantized else self.weight / scale

    @torch.no_grad()
    def connection(self, source: str, target: str, source_group: int, group: int) -> Connection:
        """The weights as integers, between groups of spiking neurons.

        Channel c of either side is the spiking channels c * group .. c * group + group - 1, whose
        synapses are the same (Zou et al. 2021, figure 2).
        """
        integers, scale = self.quantized()
        by_channel = integers.to(torch.int64).reshape(len(integers), self.input_shape[0], -1)
        weight = by_channel.repeat_interleave(group, 0).repeat_interleave(source_group, 1).numpy()
        return self._connection(source, target, weight, float(scale))

    @abstractmethod
    def sums(self, x: Tensor, weight: Tensor) -> Tensor:
        """Sums (B, T, n) of x (B, T, n_in) with a `weight` of the shape of our own."""

    @abstractmethod
    def _connection(
        self, source: str, target: str, weight: npt.NDArray[np.int64], scale: float
    ) -> Connection:
        """`weight`: (spiking outputs, spiking source channels, the rest flattened)."""
