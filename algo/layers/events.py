"""Event-driven sums: spikes are few and all the same, so add up the weights of those there are.

A dense product multiplies every weight by every input, most of which are 0. Here each tick of a
sample is a bag of input numbers, and its sums are the sum of these rows of the weights; the
gradient of the weights is the same with samples and inputs exchanged.
"""

import math
from typing import Any, NamedTuple, Self

import numpy as np
import scipy.sparse
import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["Events", "event_sums"]

MOST_DENSE = 0.2
"""Share of events from which on the dense product is faster (784 x 800 weights, AVX2)."""
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


class Events:
    """The ones of spike trains x (B, T, inputs), by tick and by input.

    An input that spikes at more than half of the ticks is taken as always on, with events where
    it pauses: a bright pixel of a rate code then costs next to nothing.

    on:     Bags of the inputs that are always on: of each sample, and of each input
    change: Bags of what differs from that: of each tick of each sample, and of each input
    """

    def __init__(self, x: Tensor) -> None:
        """Find them. x: float, most of it 0 or most of it the same at all ticks."""
        values = x.detach()
        self.shape = values.shape
        samples, ticks, inputs = values.shape
        on = values.new_zeros(samples, inputs)
        if ticks > 1 and samples:
            peak = values.max()
            on = peak * (values.sum(dim=1) > peak * ticks / 2)
            values = values - on[:, None]
        self.on = _both_orders(on)
        self.change = _both_orders(values.reshape(-1, inputs))

    @property
    def share(self) -> float:
        """Events per element of x."""
        return len(self.change[0].member) / max(1, math.prod(self.shape))

    def product(self, weight: Tensor) -> Tensor:
        """x @ weight.t() for weight (n, inputs): (B, T, n)."""
        table = weight.t().contiguous()
        sums = self.change[0].sums(table).reshape(*self.shape[:2], -1)
        if len(self.on[0].member):
            sums += self.on[0].sums(table)[:, None]
        return sums

    def transposed_product(self, g: Tensor) -> Tensor:
        """Sum over samples and ticks of g x^t for g (B, T, n): (n, inputs)."""
        total = self.change[1].sums(g.reshape(-1, g.shape[2]))
        if len(self.on[1].member):
            total += self.on[1].sums(g.sum(dim=1))
        return total.t()


def _both_orders(values: Tensor) -> tuple[Bags, Bags]:
    """The nonzero elements of a matrix: bags of its rows, bags of its columns."""
    rows, columns = values.shape
    at = np.flatnonzero((values != 0).numpy())  # faster than scipy's way from a dense array
    first = np.searchsorted(at, columns * np.arange(rows + 1)).astype(np.int32)
    parts = values.numpy().ravel()[at], (at % columns).astype(np.int32), first
    matrix = scipy.sparse.csr_array(parts, shape=(rows, columns))
    return Bags.of(matrix), Bags.of(matrix.tocsc())


class _EventSums(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, events: Events) -> Tensor:
        ctx.events = events
        ctx.save_for_backward(weight)
        return events.product(weight)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        (weight,), (g,) = ctx.saved_tensors, gradients
        to_x = g @ weight if ctx.needs_input_grad[0] else None
        to_weight = ctx.events.transposed_product(g) if ctx.needs_input_grad[1] else None
        return to_x, to_weight, None


def event_sums(x: Tensor, weight: Tensor) -> Tensor:
    """x @ weight.t(), differentiable: x (B, T, inputs), weight (n, inputs) -> (B, T, n).

    Event by event where that is faster, else the dense product. Both are exact for integers
    whose sums stay below 2^24; other floats may round in another order.
    """
    if len(weight) < FEWEST_NEURONS:
        return functional.linear(x, weight)
    events = Events(x)
    if events.share > MOST_DENSE:
        return functional.linear(x, weight)
    sums: Tensor = _EventSums.apply(x, weight, events)
    return sums
