"""Weights that are floats to the optimizer and integers to everybody else."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..quantize import Quantized, quantize

__all__ = ["QuantizedLinear"]


class QuantizedLinear(nn.Module):
    """Weighted sums without bias.

    weight: float parameter (n, n_in), uniform in +-sqrt(3 / n_in) at first
    format: a name in `algo.quantize.QUANTIZED_FORMATS`
    """

    def __init__(self, n_in: int, n: int, format: str) -> None:
        super().__init__()
        self.format = format
        bound = math.sqrt(3 / n_in)
        self.weight = nn.Parameter(torch.empty(n, n_in).uniform_(-bound, bound))

    def quantized(self) -> Quantized:
        """The integers (n, n_in), as floats, and their scale."""
        return quantize(self.weight, self.format)

    def forward(self, spikes: Tensor, quantized: bool = True) -> Tensor:
        """Sums (..., n) of spikes (..., n_in), in integer units.

        Exact when quantized: |sum| < 2^24. Otherwise with the float weights divided by the scale.
        """
        integers, scale = self.quantized()
        weight = integers if quantized else self.weight / scale
        return functional.linear(spikes, weight)
