"""Several linear maps in a row as one: a convolution where that is exact, else a matrix."""

from collections.abc import Sequence
from math import prod

import torch
from torch import Tensor
from torch.nn import functional

from mapper.errors import InputError

from .operators import Convolution, Matrix, Operator, Reshape, Scaling

__all__ = ["compose"]

Shape = tuple[int, ...]
_MOST = 1 << 26  # entries of a matrix, as many as a Network's connection may have
_ROWS = 256  # of the unit matrix at a time
_BACK = {1: functional.conv_transpose1d, 2: functional.conv_transpose2d}


def compose(operators: Sequence[Operator], shape: Shape) -> Convolution | Matrix:
    """The map of `operators`, one after the other, on an input of this shape.

    Convolutions and poolings that follow each other become one, with a larger kernel, unless the
    second one's padding would then see something else than zeros. Raises InputError for a
    matrix of more than 2^26 entries.
    """
    found = _convolution(operators, shape)
    if found is not None:
        return found
    if [type(o) for o in operators if not isinstance(o, Reshape)] == [Matrix]:
        return next(o for o in operators if isinstance(o, Matrix))
    return Matrix(_unrolled(operators, shape))


def _convolution(operators: Sequence[Operator], shape: Shape) -> Convolution | None:
    """One convolution, or None."""
    found: Convolution | None = None
    if any(isinstance(o, Reshape) for o in operators):
        return None
    for operator in operators:
        if isinstance(operator, Scaling) and operator.factors.numel() == 1 and found is not None:
            kernel = found.kernel * operator.factors.reshape(())
            found = Convolution(kernel, found.stride, found.padding)
        elif not isinstance(operator, Convolution):
            return None
        elif found is None:
            found = operator
        elif not any(operator.padding) or _outside_is_zero(found, shape):
            found = _merged(found, operator)
        else:
            return None
    return found


def _outside_is_zero(first: Convolution, shape: Shape) -> bool:
    """Whether places beyond the output's border would see no input: a pooling without a rest."""
    facts = zip(first.size, first.stride, first.padding, shape[1:], strict=True)
    places = first.shape_out(shape)[1:]
    return all(k <= s and p == 0 and places[i] * s >= n for i, (k, s, p, n) in enumerate(facts))


def _merged(first: Convolution, second: Convolution) -> Convolution:
    """The kernel of both: each element of the second's puts down the first's, `stride` apart."""
    kernel: Tensor = _BACK[first.rank](second.kernel, first.kernel, stride=first.stride)
    steps = list(zip(first.stride, second.stride, strict=True))
    padding = zip(first.padding, second.padding, first.stride, strict=True)
    return Convolution(
        kernel, tuple(a * b for a, b in steps), tuple(p + q * s for p, q, s in padding)
    )


def _unrolled(operators: Sequence[Operator], shape: Shape) -> Tensor:
    n, out = prod(shape), shape
    for operator in operators:
        out = operator.shape_out(out)
    if n * prod(out) > _MOST:
        raise InputError(f"a matrix of {prod(out)} x {n} weights; at most {_MOST} can be unrolled")
    columns = []
    for start in range(0, n, _ROWS):
        x = torch.eye(n, dtype=torch.float64)[start : start + _ROWS].reshape(-1, *shape)
        for operator in operators:
            x = operator(x)
        columns.append(x.flatten(1).T)
    return torch.cat(columns, dim=1)
