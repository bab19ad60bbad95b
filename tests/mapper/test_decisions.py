"""Decisions against their definition in words, one sample and one neuron at a time."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from mapper.decisions import class_scores

SHAPES = array_shapes(min_dims=3, max_dims=3, max_side=5)


@given(SHAPES.flatmap(lambda s: st.tuples(
    arrays(bool, s), arrays(np.int64, (s[0], s[2]), elements=st.integers(-(2**31) + 1, 2**31 - 1))
)))  # fmt: skip
def test_first_spike_then_potential_then_index(case):
    spikes, potentials = case
    found = class_scores("first_spike", spikes, potentials).argmax(axis=1)
    for sample, (fired, v) in enumerate(zip(spikes, potentials, strict=True)):
        first = [next((t for t, s in enumerate(train) if s), len(train)) for train in fired.T]
        expected = min(range(len(v)), key=lambda i: (first[i], -v[i], i))
        assert found[sample] == expected


@given(SHAPES.flatmap(lambda s: arrays(bool, s)))
def test_counts_and_potentials(spikes):
    potentials = spikes[:, -1] * 3 - 1
    assert (class_scores("spikes", spikes, potentials) == spikes.sum(axis=1)).all()
    assert (class_scores("potential", spikes, potentials) == potentials).all()


def test_potentials_of_floats_are_not_rounded():
    v = np.float32([[0.25, 0.75]])
    assert class_scores("potential", np.zeros((1, 2, 2)), v).tolist() == [[0.25, 0.75]]
    assert class_scores("first_spike", np.zeros((1, 2, 2)), v).argmax() == 1
