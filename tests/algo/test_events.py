"""Event-driven sums against the dense product, forward and backward, in exact integers."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from algo.layers.events import FEWEST_NEURONS, MOST_DENSE, Events, event_sums


def integers(low: int, high: int, *shape: int, seed: int) -> torch.Tensor:
    return torch.randint(low, high, shape, generator=torch.Generator().manual_seed(seed)).float()


@settings(max_examples=30)
@given(
    samples=st.integers(1, 4), ticks=st.integers(1, 5), inputs=st.integers(1, 40),
    density=st.sampled_from([0.0, 0.05, MOST_DENSE, 0.5]), most=st.integers(1, 3),
    seed=st.integers(0, 2**31),
)  # fmt: skip
def test_equals_the_dense_product(samples, ticks, inputs, density, most, seed):
    n = FEWEST_NEURONS
    x = integers(1, most + 1, samples, ticks, inputs, seed=seed)
    x *= torch.rand(x.shape, generator=torch.Generator().manual_seed(seed)) < density
    weight, g = integers(-9, 9, n, inputs, seed=seed), integers(-9, 9, samples, ticks, n, seed=seed)
    results = []
    for product in (event_sums, functional.linear):
        a, w = x.clone().requires_grad_(), weight.clone().requires_grad_()
        sums = product(a, w)
        sums.backward(g)
        results.append((sums.detach(), a.grad, w.grad))
    for found, expected in zip(*results, strict=True):
        assert torch.equal(found, expected)


@settings(max_examples=30)
@given(
    shape=st.tuples(st.integers(1, 4), st.integers(1, 6), st.integers(1, 12)),
    density=st.sampled_from([0.0, 0.1, 0.6, 0.95, 1.0]), value=st.sampled_from([1.0, 2.0]),
    seed=st.integers(0, 2**31),
)  # fmt: skip
def test_both_orders_hold_every_event(shape, density, value, seed):
    """Also for inputs that are on at most ticks, whose events are their pauses."""
    torch.manual_seed(seed)
    x = value * (torch.rand(shape) < density).float()
    weight, g = integers(-9, 9, 5, shape[2], seed=2), integers(-9, 9, *shape[:2], 5, seed=3)
    events = Events(x)
    assert torch.equal(events.product(weight), x @ weight.t())
    assert torch.equal(events.transposed_product(g), torch.einsum("bti,btn->ni", x, g))
    assert events.share <= 0.5 or shape[1] == 1
