"""Integrate-and-fire neurons whose synapses learn from spikes and traces: no gradients."""

import math

import numpy as np
import torch
from torch import Tensor

from mapper.network import Population
from mapper.semantics import Decay, Reset

from ..quantize import Quantized
from .base import Layer, LayerTrace
from .decay import decayed, shift_decay
from .quantized_map import QuantizedMap

__all__ = ["TracedLayer", "spike_traces"]


class TracedLayer(Layer):
    """v = decayed v + sum; fires when v >= threshold; then v -= threshold.

    Desire backpropagation, equation 1, in the order of the hardware. All neurons have the
    threshold ceil(theta / scale), no bias and no normalization: the weights are all that learns.

    theta: in units of the weights
    decay: of the hardware; beta_p of the paper
    """

    def __init__(self, linear: QuantizedMap, decay: Decay, theta: float = 1.0) -> None:
        super().__init__()
        self.linear = linear
        self.decay, self.theta = decay, theta

    def threshold(self, scale: Tensor, kept: float = 1.0) -> int:
        """The threshold in integer units for weights of `scale`, when `kept` inputs are left."""
        return math.ceil(self.theta * kept / float(scale))

    @torch.no_grad()
    def forward(self, spikes: Tensor, quantized: bool = True) -> Tensor:
        return self.run(spikes, quantized).spikes

    @torch.no_grad()
    def run(self, spikes: Tensor, quantized: bool = True) -> LayerTrace:
        synapses = self.linear.quantized()
        if quantized:
            return self.respond(spikes, synapses)
        weight, scale = self.linear.scaled(quantized=False), float(synapses.scale)
        return self._simulate(spikes, weight, self.theta / scale, quantized=False)

    @torch.no_grad()
    def respond(self, spikes: Tensor, synapses: Quantized, kept: float = 1.0) -> LayerTrace:
        """What the neurons do when dropout leaves the fraction `kept` of the inputs.

        Equation 16 divides the sums by `kept`; here the threshold is multiplied by it, which is
        the same and keeps the sums integers. `synapses`: the layer's quantized weights.
        """
        threshold = self.threshold(synapses.scale, kept)
        return self._simulate(spikes, synapses.integers, threshold, quantized=True)

    def _simulate(
        self, spikes: Tensor, weight: Tensor, threshold: float, quantized: bool
    ) -> LayerTrace:
        """All ticks: decay -> integrate -> fire -> reset."""
        potentials = self.linear.sums(spikes, weight)  # at first each tick's sums
        fired = torch.empty_like(potentials)
        v = torch.zeros_like(potentials[:, 0])
        for tick in range(spikes.shape[1]):
            now, fires = potentials[:, tick], fired[:, tick]
            now += decayed(v, self.decay, quantized)
            torch.ge(now, threshold, out=fires)
            v = now.sub_(fires, alpha=threshold)
        return LayerTrace(fired, potentials)

    def population(self, name: str) -> Population:
        return Population(
            name,
            self.linear.shape,
            decay=self.decay,
            reset=Reset.SUBTRACT,
            threshold=np.array(self.threshold(self.linear.quantized().scale)),
        )


def spike_traces(spikes: Tensor, shift: int, unit: int = 0) -> Tensor:
    """Traces (B, T, n) of spikes (B, T, n): r = r - r 2^-shift + s (equation 3).

    With a `unit` they are integers, as hardware has them: r = r - (r >> shift) + unit s.
    """
    traces, leak = (unit or 1) * spikes, shift_decay(shift)
    for tick in range(1, spikes.shape[1]):
        traces[:, tick] += decayed(traces[:, tick - 1], leak, quantized=unit > 0)
    return traces
