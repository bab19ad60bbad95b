"""Leaky integrate-and-fire neurons that hear each other's spikes a tick later."""

import torch
from torch import Tensor
from torch.nn import functional

from mapper.connections import Connection
from mapper.network import Dense

from .base import LayerTrace
from .events import event_sums
from .lif import LifLayer
from .lif_scan import lif_step

__all__ = ["RecurrentLifLayer"]


class RecurrentLifLayer(LifLayer):
    """A fully connected LIF layer whose sums include its own spikes of the tick before.

    `linear` has the weights of both, (n, n_in + n), inputs first: one scale for all that adds up
    in a neuron. The normalization measures the sums of the inputs alone. The gradient through
    the neurons' own spikes is autograd's, tick by tick.
    """

    @property
    def n_in(self) -> int:
        """Inputs, without the layer's own neurons."""
        return self.linear.input_shape[0] - self.linear.shape[0]

    def forward(self, spikes: Tensor, quantized: bool = True) -> Tensor:
        weight = self.linear.scaled(quantized)
        sums, mean, sigma = self.moments(event_sums(spikes, weight[:, : self.n_in]))
        threshold, bias = self._fold(mean, sigma, quantized)
        return self._step_all(sums, weight, threshold, bias, sigma, quantized).spikes

    @torch.no_grad()
    def run(self, spikes: Tensor, quantized: bool = True) -> LayerTrace:
        weight = self.linear.scaled(quantized)
        threshold, bias = self._fold(self.mean.double(), self.sigma.double(), quantized)
        sums = event_sums(spikes, weight[:, : self.n_in])
        return self._step_all(sums, weight, threshold.float(), bias.float(), self.sigma, quantized)

    @torch.no_grad()
    def calibrate(self, spikes: Tensor, quantized: bool = True) -> None:
        weight = self.linear.scaled(quantized)
        _, mean, sigma = self.moments(event_sums(spikes, weight[:, : self.n_in]))
        self.mean.copy_(mean)
        self.sigma.copy_(sigma)

    def _step_all(
        self,
        sums: Tensor,
        weight: Tensor,
        threshold: Tensor,
        bias: Tensor,
        sigma: Tensor,
        quantized: bool,
    ) -> LayerTrace:
        own = weight[:, self.n_in :]
        v = torch.zeros_like(sums[:, 0])
        fired = torch.zeros_like(v)
        fired_at, potential_at = [], []
        for current in (sums + bias).unbind(dim=1):
            before = (v, fired) if self.options.temporal else (v.detach(), fired.detach())
            v = self.leak(before[0], quantized) + current + functional.linear(before[1], own)
            fired, v = lif_step(v, threshold, sigma, self.options)
            fired_at.append(fired)
            potential_at.append(v)
        return LayerTrace(torch.stack(fired_at, 1), torch.stack(potential_at, 1))

    @torch.no_grad()
    def connections(
        self, source: str, target: str, source_group: int = 1
    ) -> tuple[Connection, ...]:
        integers, scale = self.linear.quantized()
        weight, form = integers.to(torch.int64).numpy(), self.linear.format
        feeding = weight[:, : self.n_in].repeat(source_group, axis=1)
        return (
            Dense(source, target, feeding, form, scale=float(scale)),
            Dense(target, target, weight[:, self.n_in :], form, scale=float(scale), delay=1),
        )
