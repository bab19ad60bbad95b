"""Fully connected weights that are the upper bits of integers, as a learning engine stores them."""

import math

import torch
from torch import Tensor

from mapper.weights import weight_format

from ..quantize import Quantized
from .linear import QuantizedLinear

__all__ = ["FixedPointLinear"]


MEMORY = 3
"""The mean of traces is one over the last 2^3 batches or so."""


class FixedPointLinear(QuantizedLinear):
    """Synapses w = (m + 2^(fraction - 1)) >> fraction of stored integers m.

    m saturates at +-(high << fraction), so w stays in -high..high, high = 2^(b - 1) - 1; 1 if
    ternary. The scale is 2^fraction, always.

    weight:   m as floats (n, n_in), normal at first: standard deviation `one` sqrt(2 / n_in)
    fraction: bits of m below the synapses'
    one:      what the weight 1 of the papers is in m
    recent:   buffer int64 (n_in,), a leaky sum of the inputs' traces
    """

    recent: Tensor

    def __init__(
        self, input_shape: tuple[int, ...], n: int, format: str, fraction: int, one: int
    ) -> None:
        super().__init__(input_shape, n, format)
        self.fraction = fraction
        self.register_buffer("recent", torch.zeros(math.prod(input_shape), dtype=torch.int64))
        self.limit = weight_format(format).high << fraction
        with torch.no_grad():
            self.weight.normal_(std=one * math.sqrt(2 / math.prod(input_shape))).round_()
            self.weight.clamp_(-self.limit, self.limit)

    def quantized(self) -> Quantized:
        """Without gradient."""
        scale = torch.tensor(2.0**self.fraction)
        return Quantized(torch.floor(self.weight.detach() / scale + 0.5), scale)

    @torch.no_grad()
    def add(self, step: Tensor) -> None:
        """m += step (n, n_in), saturating; exact for integers below 2^24."""
        self.weight.add_(step).clamp_(-self.limit, self.limit)

    def mean(self) -> Tensor:
        """The recent mean of the inputs' traces: integers as floats (n_in,)."""
        return (self.recent >> MEMORY).float()

    def follow(self, traces: Tensor) -> None:
        """Let `mean` approach that of traces (B, n_in) by 1 / 8: recent -= recent >> 3, += it."""
        batch = traces.sum(dim=0).to(torch.int64) // len(traces)
        self.recent += batch - (self.recent >> MEMORY)
