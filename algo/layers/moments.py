"""Mean and variance per channel, in two passes over the data and one back."""

from typing import Any

import torch
from torch import Tensor

__all__ = ["moments"]


class _Moments(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> tuple[Tensor, Tensor]:
        count = x.shape[0] * x.shape[2]
        mean = x.sum(dim=0).sum(dim=1) / count
        squares = torch.linalg.vector_norm(x, dim=0).square().sum(dim=1) / count
        ctx.save_for_backward(x, mean)
        return mean, (squares - mean.square()).clamp_(min=0)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        x, mean = ctx.saved_tensors
        to_mean, to_variance = gradients
        count = x.shape[0] * x.shape[2]
        slope = 2 / count * to_variance
        offset = to_mean / count - slope * mean
        return torch.addcmul(offset[:, None], x, slope[:, None])


def moments(x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and (biased) variance, both (channels,), of x (N, channels, places); differentiable.

    Several times as fast as `torch.var_mean`. The variance is E[x^2] - E[x]^2: for the integer
    sums of a spiking layer, whose mean is a few sigma at most, float32 loses nothing that counts.
    """
    mean, variance = _Moments.apply(x)
    return mean, variance
