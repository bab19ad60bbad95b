"""Stateless threshold units in groups: scatter-and-gather."""

import torch
from torch import Tensor
from torch.nn import functional

from mapper.network import Population
from mapper.semantics import Decay, DecayKind, Reset

from ..straight_through import round_half_up
from .base import EPSILON, HiddenLayer, LayerTrace
from .quantized_map import QuantizedMap

__all__ = ["StatelessLayer"]


class StatelessLayer(HiddenLayer):
    """clip(round(r 2^k), 0, bound 2^k) spikes for r = (sum - mean) / sigma + beta.

    That is 2^k times Zou et al. 2021, equation 6; the factor is left to the normalization of the
    next layer. Neuron j = 1 .. bound 2^k of a group fires where r >= (j - 1/2) / 2^k; nothing is
    kept between ticks.

    Trained as in section 2.2: the straight-through gradient is that of r clipped to 0..bound.
    Inference folds the normalization into the thresholds ceil(mean + (level - beta) sigma),
    equation 10; the sum is an integer, so the ceiling changes nothing.
    """

    def __init__(self, linear: QuantizedMap, k: int = 0, bound: int = 1) -> None:
        super().__init__(linear)
        self.k, self.group = k, bound << k

    def forward(self, spikes: Tensor, quantized: bool = True) -> Tensor:
        sums = self.by_channel(self.linear(spikes, quantized))
        # The fused normalization is 4 times as fast as `moments` and arithmetic.
        normalized = functional.batch_norm(
            sums, None, None, bias=self.beta, training=True, eps=EPSILON
        )
        counts = round_half_up(functional.hardtanh(normalized * 2**self.k, 0, self.group))
        return counts.reshape(*spikes.shape[:2], -1)

    @torch.no_grad()
    def thresholds(self, quantized: bool = True) -> Tensor:
        """Thresholds (channels, group) on the sums, in float64; integers if quantized."""
        levels = (torch.arange(self.group, dtype=torch.float64) + 0.5) / 2**self.k
        margin = (levels - self.beta.double()[:, None]) * self.sigma.double()[:, None]
        level = self.mean.double()[:, None] + margin
        return torch.ceil(level) if quantized else level

    @torch.no_grad()
    def run(self, spikes: Tensor, quantized: bool = True) -> LayerTrace:
        potentials = self.linear(spikes, quantized)
        sums, counts = self.by_channel(potentials), torch.zeros(())
        for threshold in self.thresholds(quantized).float().unbind(dim=1):
            counts = counts + (sums >= threshold[:, None])
        return LayerTrace(counts.reshape(potentials.shape), potentials)

    @torch.no_grad()
    def population(self, name: str) -> Population:
        channels, *size = self.linear.shape
        thresholds = self.thresholds().to(torch.int64).flatten()
        # No reset, so that the potential that the hardware keeps is the sum itself.
        return Population(
            name,
            (channels * self.group, *size),
            decay=Decay(DecayKind.CLEAR),
            reset=Reset.NONE,
            threshold=self.linear.per_neuron(thresholds).numpy(),
            group=self.group,
        )
