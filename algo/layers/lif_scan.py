"""All ticks of leaky integrate-and-fire neurons, with the gradient through time.

`lif_scan` computes forward and backward pass by hand, in place, tick by tick, so that a tick's
values stay in the processor's cache; autograd would keep ten arrays per tick. `lif_plain` is the
same as autograd sees it: the oracle of the tests, and what recurrent layers step through.
"""

from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

from mapper.semantics import Decay

from ..surrogates import SURROGATES, spike
from .decay import Leak, decayed

__all__ = ["LifOptions", "lif_plain", "lif_scan", "lif_step"]


class LifOptions(NamedTuple):
    """What the neurons of a layer share.

    reset:     "subtract" the threshold, or "zero"
    surrogate: curve for a spike's derivative (`algo.surrogates`), and its width in units of sigma
    temporal:  whether gradients flow from tick to tick (STBP) or not (its ablation, SDBP)
    gamma:     factor of the curve
    """

    reset: Literal["subtract", "zero"] = "subtract"
    surrogate: str = "rectangular"
    width: float = 1.0
    temporal: bool = True
    gamma: float = 1.0


def lif_step(
    v: Tensor, threshold: Tensor, sigma: Tensor, options: LifOptions
) -> tuple[Tensor, Tensor]:
    """Fire and reset: spikes and potentials (B, n) from potentials after the integration."""
    fired = spike((v - threshold) / sigma, options.surrogate, options.width, options.gamma)
    if options.reset == "zero":
        return fired, v * (1 - fired)
    return fired, v - fired * threshold


def lif_plain(
    sums: Tensor,
    bias: Tensor,
    threshold: Tensor,
    sigma: Tensor,
    leak: Leak,
    options: LifOptions,
    quantized: bool,
) -> tuple[Tensor, Tensor]:
    """The same as `lif_scan`, for autograd to differentiate."""
    v = torch.zeros_like(sums[:, 0])
    fired_at, potential_at = [], []
    for current in (sums + bias).unbind(dim=1):
        before = v if options.temporal else v.detach()
        fired, v = lif_step(leak(before, quantized) + current, threshold, sigma, options)
        fired_at.append(fired)
        potential_at.append(v)
    return torch.stack(fired_at, 1), torch.stack(potential_at, 1)


def lif_scan(
    sums: Tensor,
    bias: Tensor,
    threshold: Tensor,
    sigma: Tensor,
    leak: Leak,
    options: LifOptions,
    quantized: bool,
) -> tuple[Tensor, Tensor]:
    """Decay -> integrate -> fire -> reset, all ticks of `sums` (B, T, n).

    bias, threshold, sigma: (n,); sigma is the unit of the surrogate's width
    quantized: with the floors of the hardware's shifts

    Returns spikes (differentiable; STBP, equations 11-22) and potentials after the reset, both
    (B, T, n).
    """
    decay = leak.decay if quantized else None
    factor = leak.used if quantized else leak.factor
    spikes, potentials = _LifScan.apply(sums, bias, threshold, sigma, factor, decay, options)
    return spikes, potentials


class _LifScan(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        sums: Tensor,
        bias: Tensor,
        threshold: Tensor,
        sigma: Tensor,
        factor: Tensor,
        decay: Decay | None,
        options: LifOptions,
    ) -> tuple[Tensor, Tensor]:
        spikes, potentials = torch.empty_like(sums), torch.empty_like(sums)
        excess = torch.empty_like(sums)  # potential above threshold, before the reset
        v = torch.zeros_like(sums[:, 0])
        for t in range(sums.shape[1]):
            kept = v * factor if decay is None else decayed(v, decay, quantized=True)
            v = torch.add(kept, sums[:, t], out=potentials[:, t]).add_(bias)
            torch.sub(v, threshold, out=excess[:, t])
            torch.ge(excess[:, t], 0, out=spikes[:, t])
            if options.reset == "zero":
                v.mul_(1 - spikes[:, t])
            else:
                v.addcmul_(spikes[:, t], threshold, value=-1)
        ctx.options = options
        ctx.save_for_backward(excess, spikes, potentials, threshold, sigma, factor)
        ctx.mark_non_differentiable(potentials)
        return spikes, potentials

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        excess, spikes, potentials, threshold, sigma, factor = ctx.saved_tensors
        options, to_spikes = ctx.options, gradients[0]
        curve = SURROGATES[options.surrogate]
        narrow = sigma.reciprocal()
        slope = narrow * options.gamma
        to_sums = torch.empty_like(excess)
        to_threshold, to_sigma = torch.zeros_like(excess[:, 0]), torch.zeros_like(excess[:, 0])
        to_factor = torch.zeros_like(factor)
        to_v = torch.zeros_like(excess[:, 0])  # gradient of the potential after the reset
        for t in reversed(range(excess.shape[1])):
            above, fired = excess[:, t], spikes[:, t]
            lost = threshold if options.reset == "subtract" else above + threshold
            to_fired = torch.addcmul(to_spikes[:, t], to_v, lost, value=-1)
            to_z = curve(above * narrow, options.width).mul_(to_fired).mul_(slope)
            to_sigma.addcmul_(to_z, above, value=-1)
            to_threshold -= to_z
            if options.reset == "subtract":
                to_threshold.addcmul_(fired, to_v, value=-1)
                torch.add(to_v, to_z, out=to_sums[:, t])
            else:
                torch.addcmul(to_z, to_v, 1 - fired, out=to_sums[:, t])
            if t and ctx.needs_input_grad[4]:
                to_factor += (to_sums[:, t] * potentials[:, t - 1]).sum()
            to_v = to_sums[:, t] * factor if options.temporal else torch.zeros_like(to_v)
        return (
            to_sums,
            to_sums.sum(dim=(0, 1)),
            to_threshold.sum(dim=0),
            (to_sigma * narrow).sum(dim=0),
            to_factor,
            None,
            None,
        )
