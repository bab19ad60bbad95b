"""Leaky integrate-and-fire neurons."""

import torch
from torch import Tensor, nn

from mapper.network import Population
from mapper.semantics import Reset

from ..straight_through import ceil, round_half_even
from .base import HiddenLayer, LayerTrace, Normalization
from .decay import Leak
from .lif_scan import LifOptions, lif_scan
from .quantized_map import QuantizedMap

__all__ = ["LifLayer"]

MIN_THETA = 0.1
"""Keeps thresholds positive; a neuron whose subtract reset adds would never fall silent."""


class LifLayer(HiddenLayer):
    """v = decay(v) + sum + bias; fires when v >= threshold; then v -= threshold, or v = 0.

    Per channel: threshold = ceil(theta sigma), which is at least 1, and bias = round(beta sigma -
    mean), with the mean and sigma of its sums over samples, ticks and places. Training computes
    with these very integers, on each batch's statistics; their rounding has straight-through
    gradients.

    theta:   parameter (channels,), the threshold in units of sigma
    leak:    the decay, fixed or trained
    options: see `LifOptions`
    """

    def __init__(
        self,
        linear: QuantizedMap,
        decay: str,
        theta: float,
        options: LifOptions | None = None,
        normalization: Normalization = "batch",
    ) -> None:
        super().__init__(linear, normalization)
        self.leak = Leak(decay)
        self.options = options or LifOptions()
        self.theta = nn.Parameter(torch.full((linear.channels,), theta))

    def forward(self, spikes: Tensor, quantized: bool = True) -> Tensor:
        sums, mean, sigma = self.moments(self.linear(spikes, quantized))
        threshold, bias = self._fold(mean, sigma, quantized)
        return self._simulate(sums, threshold, bias, sigma, quantized).spikes

    @torch.no_grad()
    def run(self, spikes: Tensor, quantized: bool = True) -> LayerTrace:
        threshold, bias = self._fold(self.mean.double(), self.sigma.double(), quantized)
        sums = self.linear(spikes, quantized)
        return self._simulate(sums, threshold.float(), bias.float(), self.sigma, quantized)

    def _fold(self, mean: Tensor, sigma: Tensor, quantized: bool) -> tuple[Tensor, Tensor]:
        threshold = self.theta.to(sigma.dtype).clamp(min=MIN_THETA) * sigma
        bias = self.beta.to(sigma.dtype) * sigma - mean
        if quantized:
            threshold, bias = ceil(threshold), round_half_even(bias)
        return threshold, bias

    def _simulate(
        self, sums: Tensor, threshold: Tensor, bias: Tensor, sigma: Tensor, quantized: bool
    ) -> LayerTrace:
        """All ticks of `sums` (B, T, n); the others (channels,)."""
        bias, threshold, sigma = map(self.linear.per_neuron, (bias, threshold, sigma))
        return LayerTrace(
            *lif_scan(sums, bias, threshold, sigma, self.leak, self.options, quantized)
        )

    @torch.no_grad()
    def population(self, name: str) -> Population:
        threshold, bias = self._fold(self.mean.double(), self.sigma.double(), quantized=True)
        return Population(
            name,
            self.linear.shape,
            decay=self.leak.decay,
            reset=Reset(self.options.reset),
            threshold=self.linear.per_neuron(threshold).to(torch.int64).numpy(),
            bias=self.linear.per_neuron(bias).to(torch.int64).numpy(),
        )
