"""Leaky integrate-and-fire neurons with shift decay and subtract reset."""

import torch
from torch import Tensor, nn

from mapper.network import Population
from mapper.semantics import Reset

from ..straight_through import ceil, round_half_even
from ..surrogates import spike
from .base import HiddenLayer, LayerTrace
from .decay import decayed, shift_decay
from .quantized_map import QuantizedMap

__all__ = ["LifLayer"]

MIN_THETA = 0.1
"""Keeps thresholds positive; a neuron whose subtract reset adds would never fall silent."""


class LifLayer(HiddenLayer):
    """v = v - (v >> k) + sum + bias; fires when v >= threshold; then v -= threshold.

    Per channel: threshold = ceil(theta sigma), which is at least 1, and bias = round(beta sigma -
    mean), with the mean and sigma of its sums over samples, ticks and places. Training computes
    with these very integers, on each batch's statistics; their rounding has straight-through
    gradients.

    theta:     parameter (channels,), the threshold in units of sigma
    decay:     k, 0 for none
    surrogate: name and width, in units of sigma, of the curve for a spike's derivative
    """

    def __init__(
        self,
        linear: QuantizedMap,
        decay: int,
        theta: float,
        surrogate: str = "rectangular",
        width: float = 1.0,
    ) -> None:
        super().__init__(linear)
        self.decay = decay
        self.surrogate, self.width = surrogate, width
        self.theta = nn.Parameter(torch.full((linear.channels,), theta))

    def forward(self, spikes: Tensor, quantized: bool = True) -> Tensor:
        sums = self.linear(spikes, quantized)
        mean, sigma = self.moments(sums)
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
        """All ticks of `sums` (B, T, n): decay -> integrate -> fire -> reset."""
        threshold, bias, sigma = map(self.linear.per_neuron, (threshold, bias, sigma))
        v = torch.zeros_like(sums[:, 0])
        fired_at, potential_at = [], []
        for current in (sums + bias).unbind(dim=1):
            v = decayed(v, self.decay, quantized) + current
            fired = spike((v - threshold) / sigma, self.surrogate, self.width)
            v = v - fired * threshold
            fired_at.append(fired)
            potential_at.append(v)
        return LayerTrace(torch.stack(fired_at, 1), torch.stack(potential_at, 1))

    @torch.no_grad()
    def population(self, name: str) -> Population:
        threshold, bias = self._fold(self.mean.double(), self.sigma.double(), quantized=True)
        return Population(
            name,
            self.linear.shape,
            decay=shift_decay(self.decay),
            reset=Reset.SUBTRACT,
            threshold=self.linear.per_neuron(threshold).to(torch.int64).numpy(),
            bias=self.linear.per_neuron(bias).to(torch.int64).numpy(),
        )
