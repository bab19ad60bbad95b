"""What every layer can do, and the statistics that hidden layers fold into their thresholds."""

from abc import ABC, abstractmethod
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from mapper.connections import Connection
from mapper.network import Population

from .moments import with_moments
from .quantized_map import QuantizedMap

__all__ = ["HiddenLayer", "Layer", "LayerTrace", "Normalization"]

EPSILON = 1e-3
"""Added to a variance, so that a neuron whose sum never changes has a finite gradient."""


Normalization = Literal["batch", "weights"]
"""By the statistics of each neuron's sums, or by the length of its initial weights."""


class LayerTrace(NamedTuple):
    """What a layer did, all (B, T, n).

    spikes:     0 or 1; of a layer with groups how many neurons of each group fired
    potentials: after the reset of each tick; the neurons of a group have the same
    """

    spikes: Tensor
    potentials: Tensor


class Layer(nn.Module, ABC):
    """A population and the weights into it.

    Spikes are float tensors (B, T, n), the shape (channels first) flattened: 0 and 1, or with
    groups (see `mapper.network.Population`) 0..group. Weights, thresholds and potentials are in
    *integer units*: one is one step of the quantized weights, so that a quantized layer computes
    with small integers, which float32 holds exactly (below 2^24).

    linear: the weights
    group:  spiking neurons per neuron of this layer
    """

    linear: QuantizedMap
    group: int = 1

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

    def connections(
        self, source: str, target: str, source_group: int = 1
    ) -> tuple[Connection, ...]:
        """The layer's weights as integers, from a population with groups of `source_group`."""
        return (self.linear.connection(source, target, source_group, self.group),)


class HiddenLayer(Layer):
    """A spiking layer that normalizes its sums: (sum - mean) / sigma + beta per channel.

    Every neuron of a fully connected layer is a channel. The normalization has no gain, so
    sigma > 0 never turns a neuron's direction. At inference it costs nothing: subclasses fold
    `mean`, `sigma` and `beta` into integer thresholds and biases.

    With `normalization` "weights" the initial weights of each channel are uniform and have length
    1 (STBP, equations 29-30), and nothing else is normalized: mean is 0 and sigma the integer
    weights' unit, 1 / scale.

    beta:        parameter (channels,)
    mean, sigma: buffers (channels,), the statistics of the last `calibrate`
    """

    mean: Tensor
    sigma: Tensor

    def __init__(self, linear: QuantizedMap, normalization: Normalization = "batch") -> None:
        super().__init__()
        self.linear, self.normalization = linear, normalization
        if normalization == "weights":
            linear.normalize_rows()
        self.beta = nn.Parameter(torch.zeros(linear.channels))
        self.register_buffer("mean", torch.zeros(linear.channels))
        self.register_buffer("sigma", torch.ones(linear.channels))

    @torch.no_grad()
    def calibrate(self, spikes: Tensor, quantized: bool = True) -> None:
        """Store mean and sigma of the sums that `spikes` (B, T, n_in) cause."""
        _, mean, sigma = self.moments(self.linear(spikes, quantized))
        self.mean.copy_(mean)
        self.sigma.copy_(sigma)

    def moments(self, sums: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The `sums` (B, T, n), mean and standard deviation (channels,) of them over all else."""
        if self.normalization == "weights":
            unit = self.linear.quantized().scale.reciprocal()
            return sums, sums.new_zeros(self.linear.channels), unit.expand(self.linear.channels)
        same, mean, variance = with_moments(self.by_channel(sums))
        return same.reshape(sums.shape), mean, torch.sqrt(variance + EPSILON)

    def by_channel(self, sums: Tensor) -> Tensor:
        """`sums` (B, T, n) as (B T, channels, places)."""
        return sums.reshape(sums.shape[0] * sums.shape[1], self.linear.channels, -1)
