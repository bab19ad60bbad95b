"""Stateless threshold units with ternary weights: scatter-and-gather with k = 0, B = 1."""

import torch
from torch import Tensor

from mapper.network import Population
from mapper.semantics import Decay, DecayKind, Reset

from ..surrogates import spike
from .base import HiddenLayer, LayerTrace, moments

__all__ = ["StatelessLayer"]

LEVEL = 0.5
"""round(r) clipped to 0..1 is a spike from here on (Zou et al. 2021, equation 6)."""


class StatelessLayer(HiddenLayer):
    """s = 1 where r = (sum - mean) / sigma + beta >= 0.5; nothing is kept between ticks.

    Trained as in Zou et al. 2021, section 2.2: the straight-through gradient is that of r clipped
    to 0..1, a rectangle of width 1 around the level. Inference folds the normalization into the
    threshold ceil(mean + (0.5 - beta) sigma), equation 10; the sum is an integer, so the ceiling
    changes nothing.
    """

    def forward(self, spikes: Tensor, quantized: bool = True) -> Tensor:
        sums = self.linear(spikes, quantized)
        mean, sigma = moments(sums)
        return spike((sums - mean) / sigma + self.beta - LEVEL, "rectangular", 1.0)

    def threshold(self, quantized: bool = True) -> Tensor:
        """Thresholds (n,) on the sums, in float64; integers if quantized."""
        level = self.mean.double() + (LEVEL - self.beta.double()) * self.sigma.double()
        return torch.ceil(level) if quantized else level

    @torch.no_grad()
    def run(self, spikes: Tensor, quantized: bool = True) -> LayerTrace:
        sums = self.linear(spikes, quantized)
        return LayerTrace((sums >= self.threshold(quantized).float()).float(), sums)

    @torch.no_grad()
    def population(self, name: str) -> Population:
        threshold = self.threshold().to(torch.int64).numpy()
        # No reset, so that the potential that the hardware keeps is the sum itself.
        return Population(
            name,
            threshold.shape,
            decay=Decay(DecayKind.CLEAR),
            reset=Reset.NONE,
            threshold=threshold,
        )
