"""The non-spiking output layer: potentials name the class."""

import math

import torch
from torch import Tensor, nn

from mapper.network import Population
from mapper.semantics import DecayKind

from ..straight_through import round_half_even
from .base import Layer, LayerTrace
from .decay import Leak
from .quantized_map import QuantizedMap

__all__ = ["ReadoutLayer"]


class ReadoutLayer(Layer):
    """v = decay(v) + sum + round(bias), at every tick; the largest final v is the class.

    bias:     parameter (n,), in integer units
    log_gain: parameter (); exp(log_gain) turns potentials into logits. The same for all neurons,
              so it moves no argmax and has no place in hardware
    leak:     the decay, fixed or trained
    """

    def __init__(self, linear: QuantizedMap, decay: str = "none") -> None:
        super().__init__()
        self.linear = linear
        self.leak = Leak(decay)
        self.bias = nn.Parameter(torch.zeros(linear.channels))
        with torch.no_grad():
            scale = float(linear.quantized().scale)
        self.log_gain = nn.Parameter(torch.tensor(math.log(scale)))

    def forward(self, spikes: Tensor, quantized: bool = True) -> Tensor:
        """Potentials (B, T, n)."""
        sums = self.linear(spikes, quantized)
        bias = round_half_even(self.bias) if quantized else self.bias
        v = torch.zeros_like(sums[:, 0])
        potential_at = []
        for current in (sums + bias).unbind(dim=1):
            v = self.leak(v, quantized) + current
            potential_at.append(v)
        return torch.stack(potential_at, 1)

    def final(self, spikes: Tensor) -> Tensor:
        """Potentials (B, n) after the last tick, quantized; differentiable.

        Without a leak they are the sums of all spikes: one small product instead of one per tick.
        """
        if self.leak.decay.kind != DecayKind.NONE:
            return self(spikes)[:, -1]
        total = self.linear(spikes.sum(dim=1, keepdim=True))[:, 0]
        return total + spikes.shape[1] * round_half_even(self.bias)

    @torch.no_grad()
    def run(self, spikes: Tensor, quantized: bool = True) -> LayerTrace:
        potentials = self(spikes, quantized)
        return LayerTrace(torch.zeros_like(potentials), potentials)

    @torch.no_grad()
    def population(self, name: str) -> Population:
        bias = torch.round(self.bias).to(torch.int64).numpy()
        return Population(name, bias.shape, kind="readout", decay=self.leak.decay, bias=bias)
