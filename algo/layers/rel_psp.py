"""ReL-PSP neurons of STDBP: each fires once, and when it does says how strongly."""

import torch
from torch import Tensor

from mapper.network import Population

from .base import Layer, LayerTrace
from .firing_time import Firing, firing, integrate, spikes_at
from .quantized_map import QuantizedMap

__all__ = ["RelPspLayer"]


class RelPspLayer(Layer):
    """a += sum; v += a; fires once, at the first tick with v >= threshold, then holds v.

    threshold = ceil(theta / scale) with the scale of the quantized weights.

    Trains with what the hardware runs: quantized weights, spikes at whole ticks. Not quantized,
    it is the continuous model: a spike travels at the real-valued time at which the potential,
    linear between ticks, crosses theta / scale.

    theta: in ticks: where weights of 1 in all have spiked at tick 0, v reaches it theta ticks on
    drive: first mean of a neuron's summed weights. Its weights scatter around 0, so without some
           drive half of the neurons never fire
    scatter: first factor of the weights' scatter around that mean
    """

    def __init__(
        self, linear: QuantizedMap, theta: float, drive: float = 0.0, scatter: float = 1.0
    ) -> None:
        super().__init__()
        self.linear = linear
        self.theta = theta
        with torch.no_grad():
            linear.weight.mul_(scatter).add_(drive / linear.weight[0].numel())

    def forward(self, spikes: Tensor, quantized: bool = True) -> Tensor:
        return spikes_at(self.firing(spikes, quantized), spikes.shape[1], quantized)

    def firing(self, spikes: Tensor, quantized: bool = True) -> Firing:
        """When the neurons fire, (B, n), differentiable."""
        return firing(self.linear(spikes, quantized), self._threshold(quantized))

    @torch.no_grad()
    def run(self, spikes: Tensor, quantized: bool = True) -> LayerTrace:
        sums, threshold = self.linear(spikes, quantized), self._threshold(quantized)
        fired = firing(sums, threshold)
        return LayerTrace(spikes_at(fired, spikes.shape[1], quantized), integrate(sums, threshold))

    def _threshold(self, quantized: bool) -> Tensor:
        threshold = self.theta / self.linear.quantized().scale
        return torch.ceil(threshold) if quantized else threshold

    @torch.no_grad()
    def population(self, name: str) -> Population:
        threshold = self._threshold(quantized=True).to(torch.int64).numpy()
        return Population(name, self.linear.shape, kind="rel_psp", threshold=threshold)
