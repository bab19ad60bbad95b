"""Which operator a node of a NIR graph stands for. A new kind of node is one line there."""

from collections.abc import Callable
from math import prod
from typing import Any, NamedTuple

import nir
import numpy as np
import torch
from torch import Tensor

from mapper.errors import InputError

from .operators import Convolution, Matrix, Operator, Reshape, Scaling

__all__ = ["OPERATORS", "Affine", "operator_of"]

Shape = tuple[int, ...]
_MOST = 1 << 26  # as a Network's connection may have synapses


class Affine(NamedTuple):
    """An operator and what it adds: (1, *shape), or shapes that broadcast to it; None: nothing."""

    operator: Operator
    offset: Tensor | None = None


def operator_of(node: Any, shape: Shape) -> Affine:
    """What a node does to an input of this shape. Raises InputError for what no chip could do."""
    kind = type(node)
    if kind not in OPERATORS:
        known = ", ".join(sorted(k.__name__ for k in OPERATORS))
        raise InputError(f"a {kind.__name__} cannot be imported; between neurons: {known}")
    return OPERATORS[kind](node, shape)


def _linear(node: Any, shape: Shape) -> Affine:
    weight = _floats(node.weight, "weight")
    if weight.ndim != 2:
        raise InputError(f"its weight has shape {tuple(weight.shape)}, not (outputs, inputs)")
    bias = getattr(node, "bias", None)
    return Affine(Matrix(weight), None if bias is None else _floats(bias, "bias").reshape(1, -1))


def _convolution(node: Any, shape: Shape) -> Affine:
    kernel = _floats(node.weight, "weight")
    rank = 1 if isinstance(node, nir.Conv1d) else 2
    if kernel.ndim != rank + 2:
        raise InputError(f"its weight has shape {tuple(kernel.shape)}, expected {rank + 2} numbers")
    kernel = _dilated(_grouped(kernel, int(node.groups)), _sizes(node.dilation, rank, "dilation"))
    stride = _sizes(node.stride, rank, "stride")
    padding = _padding(node.padding, tuple(kernel.shape[2:]), stride)
    bias = _floats(node.bias, "bias").reshape(1, -1, *(1,) * rank)
    return Affine(Convolution(kernel, stride, padding), bias)


def _pooling(node: Any, shape: Shape) -> Affine:
    """A convolution within each channel: with ones, or with what makes the mean."""
    size, stride = _sizes(node.kernel_size, 2, "kernel_size"), _sizes(node.stride, 2, "stride")
    padding = _sizes(node.padding, 2, "padding", least=0)
    value = 1 / np.prod(size) if isinstance(node, nir.AvgPool2d) else 1.0
    _check_size(shape[0], shape[0], *size)
    channels = torch.eye(shape[0], dtype=torch.float64)[:, :, None, None]
    return Affine(Convolution(channels.repeat(1, 1, *size) * value, stride, padding))


def _flatten(node: Any, shape: Shape) -> Affine:
    """Whichever dimensions it joins, the values stay in C order."""
    return Affine(Reshape((int(np.prod(shape)),)))


def _scale(node: Any, shape: Shape) -> Affine:
    return Affine(Scaling(_floats(node.scale, "scale")))


OPERATORS: dict[type, Callable[[Any, Shape], Affine]] = {
    nir.Affine: _linear,
    nir.Linear: _linear,
    nir.Conv1d: _convolution,
    nir.Conv2d: _convolution,
    nir.AvgPool2d: _pooling,
    nir.SumPool2d: _pooling,
    nir.Flatten: _flatten,
    nir.Scale: _scale,
}
"""NIR node -> the function that makes its operator, given the shape of its input."""


def _floats(value: Any, name: str) -> Tensor:
    array = np.asarray(value, np.float64)
    if not np.isfinite(array).all():
        raise InputError(f"its {name} has values that are not finite")
    return torch.from_numpy(array.copy())


def _sizes(value: Any, rank: int, name: str, least: int = 1) -> tuple[int, ...]:
    found = tuple(int(v) for v in np.atleast_1d(value))
    found = found * rank if len(found) == 1 else found
    if len(found) != rank or min(found) < least:
        raise InputError(f"its {name} is {value}, expected {rank} integers of at least {least}")
    return found


def _padding(value: Any, size: tuple[int, ...], stride: tuple[int, ...]) -> tuple[int, ...]:
    """NIR also has the words of torch. What differs between two sides, no Network can say."""
    if isinstance(value, bytes):
        value = value.decode()
    if not isinstance(value, str):
        return _sizes(value, len(size), "padding", least=0)
    if value == "valid":
        return (0,) * len(size)
    if value != "same" or set(stride) != {1} or any(k % 2 == 0 for k in size):
        raise InputError(f"its padding is {value!r} with kernel {size} and stride {stride}: "
                         "the same on both sides is what can be imported")  # fmt: skip
    return tuple(k // 2 for k in size)


def _check_size(*kernel: int) -> None:
    """A small file may ask for a kernel of any size, nearly all of it zeros."""
    if prod(kernel) > _MOST:
        raise InputError(f"a kernel of {' x '.join(map(str, kernel))} weights, at most {_MOST}")


def _grouped(kernel: Tensor, groups: int) -> Tensor:
    """A kernel over all channels that says the same, with zeros."""
    if groups == 1:
        return kernel
    c_out, c_in = kernel.shape[:2]
    if groups < 1 or c_out % groups:
        raise InputError(f"{groups} groups of {c_out} channels")
    _check_size(c_out, c_in * groups, *kernel.shape[2:])
    full = kernel.new_zeros(c_out, c_in * groups, *kernel.shape[2:])
    each = c_out // groups
    for g in range(groups):
        full[g * each : (g + 1) * each, g * c_in : (g + 1) * c_in] = kernel[g * each :][:each]
    return full


def _dilated(kernel: Tensor, dilation: tuple[int, ...]) -> Tensor:
    """Likewise without holes."""
    size = tuple((k - 1) * d + 1 for k, d in zip(kernel.shape[2:], dilation, strict=True))
    _check_size(*kernel.shape[:2], *size)
    full = kernel.new_zeros(*kernel.shape[:2], *size)
    holes: tuple[Any, ...] = (..., *(slice(None, None, d) for d in dilation))
    full[holes] = kernel
    return full
