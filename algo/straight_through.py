"""Rounding whose gradient is that of the identity (straight-through; Bengio et al. 2013).

Each forward value is exact, which `x + (round(x) - x).detach()` is not in float32.
"""

from typing import Any

import torch
from torch import Tensor

__all__ = ["ceil", "floor", "replace_value", "round_half_even", "round_half_up"]


class _ReplaceValue(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, value: Tensor) -> Tensor:
        return value.clone()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0], None


def replace_value(x: Tensor, value: Tensor) -> Tensor:
    """`value` in the forward pass, the gradient of `x` in the backward pass; same shapes."""
    result: Tensor = _ReplaceValue.apply(x, value.detach())
    return result


def ceil(x: Tensor) -> Tensor:
    """Least integer >= x."""
    return replace_value(x, torch.ceil(x))


def floor(x: Tensor) -> Tensor:
    """Greatest integer <= x."""
    if not (torch.is_grad_enabled() and x.requires_grad):
        return torch.floor(x)  # spares a copy in the innermost loop
    return replace_value(x, torch.floor(x))


def round_half_even(x: Tensor) -> Tensor:
    """Nearest integer, halves to even."""
    return replace_value(x, torch.round(x))


def round_half_up(x: Tensor) -> Tensor:
    """Nearest integer, halves up."""
    return replace_value(x, torch.floor(x + 0.5))
