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
    recent:   buffer int64 (n_in,), a leaky sum of the mean traces of batches
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

    @torch.no_grad()
    def follow(self, traces: Tensor, events: Tensor) -> None:
        """recent = recent - (recent >> 3) + the mean of a batch's traces, rounded down.

        traces (B, T, n_in) count as often as neurons learn from them: events (B, T).
        """
        count = int(events.sum())
        if count:
            total = events.flatten().double() @ traces.flatten(0, 1).double()
            self.recent += total.to(torch.int64) // count - (self.recent >> MEMORY)
