"""When a ReL-PSP neuron fires, in closed form, and the gradients of that time.

STDBP (Zhang et al.), equations 8-14, on the ticks of the hardware: a spike at tick t_i adds
w_i (t - t_i + 1) to the potential of tick t. Over the causal set C, the spikes up to the tick of
firing, the potential crosses the threshold at the real-valued time

    t_j = (theta + sum_C w_i t_i) / A - 1,    A = sum_C w_i        (11; the 1: a tick's own spikes)
    d t_j / d w_i = (t_i - t_j - 1) / A                            (13)
    d t_j / d t_i = w_i / A                                        (14)

and the neuron fires at the first tick not before it, ceil(t_j). Between layers travel spikes
(B, T, n), so equation 13 is the gradient of the sums that a layer's weights make of them, and
equation 14 the difference, from one tick to the next, of the gradient of a spike's size.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor

__all__ = ["Firing", "firing", "integrate", "spikes_at"]

LEAST_SLOPE = 3.0
"""Least A for gradients, in threshold / T: the slope that reaches the threshold in T / 3 ticks."""


class Firing(NamedTuple):
    """When neurons fire, (B, n).

    time: real-valued, in ticks: -1 < time. Of a neuron that does not fire within the T ticks, the
          time beyond T - 1 at which it would cross, with a slope not below the least
    tick: ceil(time), not before 0; T of a neuron that does not fire. No gradient
    """

    time: Tensor
    tick: Tensor


class _Integrated(NamedTuple):
    potentials: list[Tensor]
    slope: Tensor
    tick: Tensor


def _integrate(sums: Tensor, threshold: Tensor) -> _Integrated:
    slope = torch.zeros_like(sums[:, 0])
    v, waiting, tick, potentials = slope, torch.ones_like(slope), slope, []
    for current in sums.unbind(dim=1):
        slope = torch.addcmul(slope, current, waiting)
        v = torch.addcmul(v, slope, waiting)
        waiting = (v < threshold).to(v.dtype)
        tick = tick + waiting
        potentials.append(v)
    return _Integrated(potentials, slope, tick)


def integrate(sums: Tensor, threshold: Tensor) -> Tensor:
    """Potentials (B, T, n) of the sums of each tick (B, T, n); a neuron that fires holds its own.

    Exactly `mapper.neurons.RelPsp` for integers below 2^24. threshold: > 0, 0-dimensional.
    """
    return torch.stack(_integrate(sums, threshold).potentials, 1)


class _Firing(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, sums: Tensor, threshold: Tensor) -> tuple[Tensor, Tensor]:
        potentials, slope, tick = _integrate(sums, threshold)
        ticks = sums.shape[1]
        last = tick.clamp(max=ticks - 1)
        bounded = slope.clamp(min=LEAST_SLOPE * float(threshold) / ticks)
        rise = torch.where(tick < ticks, slope, bounded)
        time = last + (threshold - potentials[-1]) / rise
        ctx.ticks = ticks
        ctx.save_for_backward(time, bounded, last)
        ctx.mark_non_differentiable(tick)
        return time, tick

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        time, slope, last = ctx.saved_tensors
        per_tick = gradients[0] / slope
        since = time.clamp(max=ctx.ticks) + 1
        to_sums = [(t - since) * (per_tick * (last >= t)) for t in range(ctx.ticks)]
        return torch.stack(to_sums, 1), None


def firing(sums: Tensor, threshold: Tensor) -> Firing:
    """When neurons fire whose inputs sum up to `sums` (B, T, n) at each tick.

    threshold: > 0, 0-dimensional, in the units of the sums

    The gradient of the time is that of equation 13. Two bounds keep it finite where A is near 0,
    for which the paper has none: A counts as at least `LEAST_SLOPE` threshold / T, and a time
    later than T as T. The first also keeps slow neurons, whose times are the noisiest, from
    learning the most.
    """
    return Firing(*_Firing.apply(sums, threshold))


class _SpikesAt(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, time: Tensor, tick: Tensor, ticks: int, whole: bool) -> Tensor:
        index = tick.long()[:, None]
        ctx.save_for_backward(index)
        size = torch.ones_like(tick) if whole else (time - tick + 1).clamp(min=0)
        size = torch.where(tick > 0, size, 1)[:, None]
        # One row more, for the neurons that do not fire.
        spikes = time.new_zeros(len(time), ticks + 1, time.shape[1])
        spikes.scatter_(1, index, size)
        if not whole:
            before = (index - 1).clamp(min=0)
            spikes.scatter_add_(1, before, (1 - size) * (index < ticks))
        return spikes[:, :ticks]

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        (index,), (to_size,) = ctx.saved_tensors, gradients
        ticks = to_size.shape[1]
        end = index.clamp(min=1, max=ticks - 1)
        start = (end - 1).clamp(min=0)
        later = to_size.gather(1, end) - to_size.gather(1, start)
        return (later * (index < ticks))[:, 0], None, None, None


def spikes_at(fired: Firing, ticks: int, whole: bool) -> Tensor:
    """Spikes (B, ticks, n) of neurons that fire at `fired`.

    whole: one spike of size 1 at the tick, as on hardware; the gradient passes straight through
           to the real-valued time. Otherwise a spike at the time itself: two parts, at the tick
           and the one before, that together add w (t - time + 1) to the potential of each tick

    The gradient is the difference of the gradients of the two sizes: equation 14, summed over the
    causal set. A neuron that fires at tick 0 could not fire earlier: it has that of firing later.
    """
    spikes: Tensor = _SpikesAt.apply(fired.time, fired.tick, ticks, whole)
    return spikes
