"""The step of a spike, and the curves that stand for its derivative.

Source: STBP (Wu et al. 2018), equations 23-26, figure 3B. "sign(condition)" there means the
indicator of the condition. Equation 26 prints sqrt(2 pi) a; only sqrt(2 pi a) integrates to 1, as
the text demands of every curve.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

__all__ = ["SURROGATES", "spike"]


def _rectangular(z: Tensor, a: float) -> Tensor:
    return z.abs().lt_(a / 2).div_(a)  # in place: three passes through memory fewer


def _polynomial(z: Tensor, a: float) -> Tensor:
    return (math.sqrt(a) / 2 - a / 4 * z.abs()).clamp(min=0)


def _triangular(z: Tensor, a: float) -> Tensor:
    return (1 - z.abs() / a).clamp_(min=0).div_(a)


def _sigmoid(z: Tensor, a: float) -> Tensor:
    half = torch.sigmoid(z / a)
    return half * (1 - half) / a


def _gaussian(z: Tensor, a: float) -> Tensor:
    return torch.exp(-z * z / (2 * a)) / math.sqrt(2 * math.pi * a)


SURROGATES: dict[str, Callable[[Tensor, float], Tensor]] = {
    "rectangular": _rectangular,
    "polynomial": _polynomial,
    "triangular": _triangular,
    "sigmoid": _sigmoid,
    "gaussian": _gaussian,
}
"""(distance above threshold, width a) -> derivative; each integrates to 1.

h1..h4 of the paper, and the triangle of Bellec et al. 2018, which Datta et al. 2022 use.
"""


class _Spike(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, z: Tensor, surrogate: str, width: float, gamma: float) -> Tensor:
        ctx.save_for_backward(z)
        ctx.surrogate, ctx.width, ctx.gamma = surrogate, width, gamma
        return (z >= 0).to(z.dtype)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        (z,) = ctx.saved_tensors
        slope = SURROGATES[ctx.surrogate](z, ctx.width) * ctx.gamma
        return gradients[0] * slope, None, None, None


def spike(
    z: Tensor, surrogate: str = "rectangular", width: float = 1.0, gamma: float = 1.0
) -> Tensor:
    """1 where z >= 0, else 0; the gradient is gamma times the named curve of the given width."""
    result: Tensor = _Spike.apply(z, surrogate, width, gamma)
    return result
