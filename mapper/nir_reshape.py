"""Neurons of maps of one place each, taken as a larger map, in a graph that NIR tools understand.

NIR 1.0 has `Flatten` and nothing that undoes it. A convolution does: padded, it sees its only place
from every place of its output, there with another element of its kernel, and so with weights of its
own. It has stride 2 and an even, square kernel, since NIR tools infer the output of others wrongly.
"""

from math import prod
from typing import Any

import nir
import numpy as np

from .errors import InputError

__all__ = ["can_reshape", "check_reshape", "reshape_node", "reshape_weight_shape"]


def can_reshape(source: tuple[int, ...]) -> bool:
    """Whether neurons of this shape can become a map: (n, 1) or (n, 1, 1)."""
    return len(source) > 1 and prod(source[1:]) == 1


def reshape_weight_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Of the node that makes `shape`, (channels, *spatial) with one or two dimensions."""
    return (shape[0], prod(shape), *[2 * max(shape[1:])] * (len(shape) - 1))


def reshape_node(shape: tuple[int, ...]) -> Any:
    """A `Conv1d` or `Conv2d` whose output of `shape` is its input, (n, 1) or (n, 1, 1), in C order.

    A place o looks at input p - 2 o through the kernel, p being the padding: at 0 through p - 2 o.
    """
    weight = np.zeros(reshape_weight_shape(shape), np.int8)
    half = max(shape[1:])
    padding = tuple(half + n - 1 for n in shape[1:])
    channel, *place = np.unravel_index(np.arange(prod(shape)), shape)
    taps = [p - 2 * o for p, o in zip(padding, place, strict=True)]
    weight[(channel, np.arange(prod(shape)), *taps)] = 1
    facts = {"weight": weight, "groups": 1, "bias": np.zeros(shape[0])}
    if len(padding) == 1:
        return nir.Conv1d(1, stride=2, padding=padding[0], dilation=1, **facts)
    return nir.Conv2d((1, 1), stride=(2, 2), padding=padding, dilation=(1, 1), **facts)


def check_reshape(name: str, node: Any, shape: tuple[int, ...]) -> None:
    """InputError unless a node is that of `reshape_node`, but for its type's other fields."""
    if node.weight.shape == reshape_weight_shape(shape):
        right = reshape_node(shape)
        if all(
            np.all(np.asarray(getattr(node, field)) == getattr(right, field))
            for field in ("weight", "stride", "padding")
        ):
            return
    raise InputError(f"node {name!r}: it does more than to change a shape")
