"""Integrate-and-fire neurons that fire once: when they do says how strongly."""

import numpy as np
import torch
from torch import Tensor

from mapper.network import Population
from mapper.semantics import Reset

from .base import Layer, LayerTrace
from .quantized_map import QuantizedMap

__all__ = ["SingleSpikeLayer", "firing_ticks", "spikes_of_ticks"]


class SingleSpikeLayer(Layer):
    """v += sum; fires at the first tick with v >= threshold, then holds v.

    All neurons have the threshold ceil(theta / scale) with the scale of the quantized weights, no
    bias and no normalization: the weights are all that learns. No gradients: a rule that knows
    how to find them does so from the firing times.

    theta: in units of the weights
    drive: first mean of a neuron's summed weights, which scatter around 0
    """

    def __init__(self, linear: QuantizedMap, theta: float, drive: float = 0.0) -> None:
        super().__init__()
        self.linear, self.theta = linear, theta
        with torch.no_grad():
            linear.weight.add_(drive / linear.weight[0].numel())

    @torch.no_grad()
    def threshold(self, quantized: bool = True) -> float:
        """In integer units; an integer if quantized."""
        threshold = self.theta / self.linear.quantized().scale.double()
        return float(torch.ceil(threshold) if quantized else threshold)

    @torch.no_grad()
    def forward(self, spikes: Tensor, quantized: bool = True) -> Tensor:
        return self.run(spikes, quantized).spikes

    @torch.no_grad()
    def run(self, spikes: Tensor, quantized: bool = True) -> LayerTrace:
        threshold = self.threshold(quantized)
        v = self.linear(spikes, quantized).cumsum(dim=1)
        ticks = spikes.shape[1]
        fired = firing_ticks(v, threshold)
        held = torch.minimum(fired[:, None], torch.arange(ticks)[:, None])
        return LayerTrace(spikes_of_ticks(fired, ticks), v.gather(1, held))

    def population(self, name: str) -> Population:
        return Population(
            name, self.linear.shape, reset=Reset.ONCE, threshold=np.array(int(self.threshold()))
        )


def firing_ticks(potentials: Tensor, threshold: float) -> Tensor:
    """First tick at which potentials (B, T, n) reach the threshold: int64 (B, n), T for never."""
    return (torch.cummax(potentials, dim=1).values < threshold).sum(dim=1)


def spikes_of_ticks(fired: Tensor, ticks: int) -> Tensor:
    """Spikes (B, ticks, n) of neurons that fire once, at tick `fired` (B, n), or not in time."""
    return (fired[:, None] == torch.arange(ticks)[:, None]).float()
