"""Event-driven sums: spikes are few and all the same, so add up the weights of those there are.

A dense product multiplies every weight by every input, most of which are 0. Here each tick of a
sample is a bag of input numbers, and its sums are the sum of these rows of the weights; the
gradient of the weights is the same with samples and inputs exchanged.
"""

from typing import Any, NamedTuple, Self

import numpy as np
import scipy.sparse
import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["Events", "event_sums"]

MOST_DENSE = 0.2
"""Share of ones from which on the dense product is faster (784 x 800 weights, AVX2)."""
FEWEST_NEURONS = 64
"""Neurons below which looking for the ones costs more than the dense product."""


class Bags(NamedTuple):
    """member (events,) in order of the bags, value (events,), first (bags,): where each begins."""

    member: Tensor
    value: Tensor
    first: Tensor

    @classmethod
    def of(cls, matrix: scipy.sparse.csr_array | scipy.sparse.csc_array) -> Self:
        """The rows of a row-major matrix, the columns of a column-major one."""
        parts = matrix.indices, matrix.data, matrix.indptr[:-1]
        return cls(*map(torch.from_numpy, parts))

    def sums(self, table: Tensor) -> Tensor:
        """The weighted sum of each bag's rows of `table` (rows, n): (bags, n)."""
        if not len(self.member):
            return table.new_zeros(len(self.first), table.shape[1])
        ones = bool((self.value == 1).all())
        return functional.embedding_bag(
            self.member,
            table.contiguous(),
            self.first,
            mode="sum",
            per_sample_weights=None if ones else self.value,
        )


class Events(NamedTuple):
    """The nonzero elements of a matrix x (rows, inputs), by row and by input."""

    rows: Bags
    inputs: Bags

    @classmethod
    def of(cls, x: Tensor) -> Self:
        """Find them. x: float (rows, inputs), most of it 0."""
        values = x.detach().contiguous().numpy()
        hit = values != 0
        at = np.flatnonzero(hit)  # several times faster than scipy's way from a dense array
        first = np.zeros(len(values) + 1, np.int32)
        np.cumsum(hit.sum(axis=1, dtype=np.int32), out=first[1:])
        index = (at % values.shape[1]).astype(np.int32)
        matrix = scipy.sparse.csr_array((values.ravel()[at], index, first), shape=values.shape)
        return cls(Bags.of(matrix), Bags.of(matrix.tocsc()))

    def product(self, weight: Tensor) -> Tensor:
        """x @ weight.t() for weight (n, inputs): (rows, n)."""
        return self.rows.sums(weight.t())

    def transposed_product(self, g: Tensor) -> Tensor:
        """g.t() @ x for g (rows, n): (n, inputs)."""
        return self.inputs.sums(g).t()


class _EventSums(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        ctx.events = Events.of(x)
        ctx.save_for_backward(weight)
        return ctx.events.product(weight)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor | None]:
        (weight,), (g,) = ctx.saved_tensors, gradients
        to_x = g @ weight if ctx.needs_input_grad[0] else None
        to_weight = ctx.events.transposed_product(g) if ctx.needs_input_grad[1] else None
        return to_x, to_weight


def event_sums(x: Tensor, weight: Tensor) -> Tensor:
    """x @ weight.t(), differentiable: x (..., inputs), weight (n, inputs) -> (..., n).

    Event by event where that is faster, else the dense product. Both are exact for integers
    whose sums stay below 2^24; other floats may round in another order.
    """
    if len(weight) < FEWEST_NEURONS or torch.count_nonzero(x) > MOST_DENSE * x.numel():
        return functional.linear(x, weight)
    rows: Tensor = _EventSums.apply(x.reshape(-1, x.shape[-1]), weight)
    return rows.reshape(*x.shape[:-1], len(weight))
