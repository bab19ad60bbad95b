"""Weight quantizers: integers and one scale per layer, with straight-through gradients."""

from typing import NamedTuple

import torch
from torch import Tensor

from mapper.errors import InputError
from mapper.weights import weight_format

from .straight_through import replace_value

__all__ = ["QUANTIZED_FORMATS", "Quantized", "quantize", "quantize_affine"]

TERNARY_DELTA = 0.7
QUANTIZED_FORMATS = ("ternary", *(f"int{bits}" for bits in range(2, 9)))


class Quantized(NamedTuple):
    """integers * scale approximates the weights.

    integers: exact integers as floats, shape of the weights; gradient d integers / d weight is
              1 / scale, so that integers * scale passes gradients straight through
    scale:    > 0, 0-dimensional, no gradient
    """

    integers: Tensor
    scale: Tensor


def quantize(weight: Tensor, format: str) -> Quantized:
    """Quantize float weights to a format of `mapper.weights`, with one scale for the tensor.

    ternary:    sign(w) where |w| > 0.7 mean|w|, else 0; scale = mean |w| of the others: the
                least-squares fit of Li and Liu 2016 (Ternary weight networks), which Zou et al.
                2021 use
    int2..int8: round(w / scale) with scale = max|w| / (2^(b-1) - 1); symmetric, so the most
                negative code stays unused

    Raises InputError for any other format.
    """
    if format not in QUANTIZED_FORMATS:
        raise InputError(f"cannot quantize to {format!r}; known: {', '.join(QUANTIZED_FORMATS)}")
    with torch.no_grad():
        if format == "ternary":
            integers, scale = _ternary(weight)
        else:
            integers, scale = _uniform(weight, weight_format(format).high)
    return Quantized(replace_value(weight / scale, integers), scale)


def quantize_affine(weight: Tensor, format: str) -> Quantized:
    """Quantize to the 2^b levels from the least to the largest weight, 0 always among them.

    Affine quantization with the zero point taken off again (Datta et al. 2022, section 4.1):
    integers = round(w / scale) with scale = (max w - min w) / (2^b - 1). They are as many as the
    format's, but need not lie symmetrically around 0, so they may not fit it: training computes
    with them, hardware does not.

    format: one of int2..int8; InputError for any other
    """
    if format not in QUANTIZED_FORMATS[1:]:
        raise InputError(f"no affine {format!r}; known: {', '.join(QUANTIZED_FORMATS[1:])}")
    with torch.no_grad():
        high = weight_format(format).high
        low, span = weight.min().clamp(max=0), 2 * high + 1
        scale = _usable((weight.max().clamp(min=0) - low) / span)
        zero = torch.round(-low / scale)
        integers = torch.round(weight / scale).clamp(-zero, span - zero)
    return Quantized(replace_value(weight / scale, integers), scale)


def _ternary(weight: Tensor) -> tuple[Tensor, Tensor]:
    magnitude = weight.abs()
    kept = magnitude > TERNARY_DELTA * magnitude.mean()
    count = kept.sum()
    scale = (magnitude * kept).sum() / count.clamp(min=1)
    return weight.sign() * kept, _usable(scale)


def _uniform(weight: Tensor, high: int) -> tuple[Tensor, Tensor]:
    scale = _usable(weight.abs().max() / high)
    return torch.round(weight / scale).clamp(-high, high), scale


def _usable(scale: Tensor) -> Tensor:
    """All weights zero: any scale is right, but it must not divide by zero."""
    return torch.where(scale > 0, scale, torch.ones_like(scale))
