"""What every layer can do, and the statistics that hidden layers fold into their thresholds."""

from abc import ABC, abstractmethod
from typing import NamedTuple

import torch
from torch import Tensor, nn

from mapper.network import Dense, Population

from .linear import QuantizedLinear

__all__ = ["HiddenLayer", "Layer", "LayerTrace"]

EPSILON = 1e-3
"""Added to a variance, so that a neuron whose sum never changes has a finite gradient."""


class LayerTrace(NamedTuple):
    """What a layer did, all (B, T, n).

    spikes:     0 or 1
    potentials: after the reset of each tick
    """

    spikes: Tensor
    potentials: Tensor


class Layer(nn.Module, ABC):
    """A population and the weights into it.

    Spikes are float tensors (B, T, n) of 0 and 1. Weights, thresholds and potentials are in
    *integer units*: one is one step of the quantized weights, so that a quantized layer computes
    with small integers, which float32 holds exactly (below 2^24).
    """

    linear: QuantizedLinear

    @abstractmethod
    def forward(self, spikes: Tensor, quantized: bool = True) -> Tensor:
        """Differentiable training pass, on the statistics of this batch.

        Returns the layer's spikes (B, T, n), or the potentials of a readout.
        """

    @abstractmethod
    def run(self, spikes: Tensor, quantized: bool = True) -> LayerTrace:
        """Inference on the calibrated statistics; exactly the exported integers if quantized."""

    @abstractmethod
    def population(self, name: str) -> Population:
        """The layer's neurons as integers."""

    def calibrate(self, spikes: Tensor, quantized: bool = True) -> None:  # noqa: B027
        """Measure and store the statistics of this layer's sums; nothing to do by default."""

    def connection(self, source: str, target: str) -> Dense:
        """The layer's weights as integers."""
        integers, scale = self.linear.quantized()
        weight = integers.detach().to(torch.int64).numpy()
        return Dense(source, target, weight, self.linear.format, scale=float(scale))


class HiddenLayer(Layer):
    """A spiking layer that normalizes its sums: (sum - mean) / sigma + beta per neuron.

    The normalization has no gain, so sigma > 0 never turns a neuron's direction. At inference it
    costs nothing: subclasses fold `mean`, `sigma` and `beta` into integer thresholds and biases.

    beta:        parameter (n,)
    mean, sigma: buffers (n,), the statistics of the last `calibrate`
    """

    mean: Tensor
    sigma: Tensor

    def __init__(self, n_in: int, n: int, weights: str) -> None:
        super().__init__()
        self.linear = QuantizedLinear(n_in, n, weights)
        self.beta = nn.Parameter(torch.zeros(n))
        self.register_buffer("mean", torch.zeros(n))
        self.register_buffer("sigma", torch.ones(n))

    @torch.no_grad()
    def calibrate(self, spikes: Tensor, quantized: bool = True) -> None:
        """Store mean and sigma of the sums that `spikes` (B, T, n_in) cause."""
        mean, sigma = moments(self.linear(spikes, quantized))
        self.mean.copy_(mean)
        self.sigma.copy_(sigma)


def moments(sums: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation (n,) over samples and ticks of `sums` (B, T, n)."""
    variance, mean = torch.var_mean(sums, dim=(0, 1), correction=0)
    return mean, torch.sqrt(variance + EPSILON)
