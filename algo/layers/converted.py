"""Layers that begin as those of a ReLU network and go on as spiking ones (Q-STDB)."""

from typing import Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from mapper.network import Population
from mapper.semantics import Reset

from ..quantize import Quantized, quantize_affine
from ..straight_through import ceil
from .base import Layer, LayerTrace
from .decay import TRAINED, Leak
from .lif_scan import LifOptions, lif_scan
from .quantized_map import QuantizedMap
from .readout import ReadoutLayer

__all__ = ["ConvertedLayer", "ConvertedReadout", "FakeQuantizer", "Values"]

FakeQuantizer = Literal["affine", "scale", "none"]
"""What the training pass does to the weights; inference always has those of `quantize`."""

MIN_THETA = 1e-3
"""Keeps thresholds positive; a neuron whose subtract reset adds would never fall silent."""


class Values(NamedTuple):
    """A directly coded input x, 0..255, the same at every tick, stands for (x - zero) / unit."""

    zero: int
    unit: float


def fake_quantized(linear: QuantizedMap, how: FakeQuantizer) -> Quantized:
    """The weights with which the training pass computes, in integer units."""
    if how == "affine":
        return quantize_affine(linear.weight, linear.format)
    rounded = linear.quantized()
    return rounded if how == "scale" else Quantized(linear.weight / rounded.scale, rounded.scale)


class ConvertedLayer(Layer):
    """Spiking: v = decay(v) + sum - zero W; fires when v >= threshold; then v -= threshold.

    All neurons share threshold = ceil(theta unit / scale) and the leak; W is the sum of a neuron's
    weights, so a `zero` becomes a bias. As a layer of the ReLU network: max(0, sum).

    While hardware disturbs the sums (`QuantizedMap.disturb`), the training pass too computes with
    the weights of inference, which are those that the hardware holds.

    theta:  parameter (), the threshold in units of float weight x value
    leak:   the decay, trained; it lands on the hardware's
    values: how inputs are meant if they are the network's; None for spikes
    gamma:  largest value of a spike's derivative, gamma max(0, 1 - |z|), z = v / threshold - 1
            (Datta et al. 2022, equations 3 and 21)
    """

    def __init__(
        self, linear: QuantizedMap, how: FakeQuantizer, gamma: float, values: Values | None = None
    ) -> None:
        super().__init__()
        self.linear, self.how, self.values = linear, how, values
        self.theta = nn.Parameter(torch.ones(()))
        self.leak = Leak(TRAINED)
        self.options = LifOptions("subtract", "triangular", 1.0, True, gamma)

    def activate(self, x: Tensor) -> Tensor:
        """The ReLU network's layer: (B, 1, n) of x (B, T, n_in), in floats."""
        return torch.relu(self._sums(x[:, :1], self.linear.weight) / self._unit)

    @torch.no_grad()
    def convert(self, x: Tensor, percentile: float, factor: float) -> Tensor:
        """Set theta from x (B, T, n_in), and no leak; returns the spikes, all in floats.

        theta: `factor` x the percentile of all neurons' sums at all ticks
        """
        sums = self._sums(x, self.linear.weight) / self._unit
        level = factor * float(np.percentile(sums.numpy(), percentile))
        self.theta.fill_(max(level, MIN_THETA))
        self.leak.factor.fill_(1.0)
        return self.run(x, quantized=False).spikes

    def forward(self, spikes: Tensor, quantized: bool = True) -> Tensor:
        how: FakeQuantizer = "scale" if self.linear.disturb else self.how
        weights = fake_quantized(self.linear, how)
        return self._simulate(spikes, weights, how != "none").spikes

    @torch.no_grad()
    def run(self, spikes: Tensor, quantized: bool = True) -> LayerTrace:
        integers, scale = self.linear.quantized()
        weight = integers if quantized else self.linear.weight / scale
        return self._simulate(spikes, Quantized(weight, scale), quantized)

    @property
    def _unit(self) -> float:
        return self.values.unit if self.values else 1.0

    def _sums(self, x: Tensor, weight: Tensor) -> Tensor:
        """(B, T, n) without the values' zero; the same at every tick for values."""
        if self.values is None:
            return self.linear.sums(x, weight)
        sums = self.linear.sums(x[:, :1], weight) + self._bias(weight)
        return sums.expand(-1, x.shape[1], -1)

    def _bias(self, weight: Tensor) -> Tensor:
        """(n,)"""
        zero = self.values.zero if self.values else 0
        return self.linear.per_neuron(-zero * weight.flatten(1).sum(dim=1))

    def _threshold(self, scale: Tensor, quantized: bool) -> Tensor:
        threshold = self.theta.clamp(min=MIN_THETA) * (self._unit / scale)
        return ceil(threshold) if quantized else threshold

    def _simulate(self, x: Tensor, weights: Quantized, quantized: bool) -> LayerTrace:
        sums = self._sums(x, weights.integers)
        if quantized and self.linear.disturb:
            sums = sums + self.linear.disturb(self.linear, x)
        threshold = self._threshold(weights.scale, quantized).expand(sums.shape[2])
        nothing = torch.zeros_like(threshold)
        return LayerTrace(
            *lif_scan(sums, nothing, threshold, threshold, self.leak, self.options, quantized)
        )

    @torch.no_grad()
    def population(self, name: str) -> Population:
        integers, scale = self.linear.quantized()
        return Population(
            name,
            self.linear.shape,
            decay=self.leak.decay,
            reset=Reset.SUBTRACT,
            threshold=np.array(int(self._threshold(scale, quantized=True))),
            bias=self._bias(integers).to(torch.int64).numpy(),
        )


class ConvertedReadout(ReadoutLayer):
    """An output without leak and bias (Datta et al. 2022, equation 15).

    log_gain: exp(log_gain) turns sums of float weights into logits
    """

    def __init__(self, linear: QuantizedMap, how: FakeQuantizer) -> None:
        super().__init__(linear)
        self.how = how
        self.bias.requires_grad_(False)
        with torch.no_grad():
            self.log_gain.zero_()

    def activate(self, x: Tensor) -> Tensor:
        """The ReLU network's output: (B, n) of x (B, 1, n_in)."""
        return self.linear.sums(x, self.linear.weight)[:, 0]

    def final(self, spikes: Tensor) -> Tensor:
        integers, scale = fake_quantized(self.linear, self.how)
        return self.linear.sums(spikes.sum(dim=1, keepdim=True), integers)[:, 0] * scale
