"""Neuron kinds against the naive model, a loop over single integers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper.decisions import DECISIONS
from mapper.errors import InputError
from mapper.network import INPUT, Dense, Network, Population
from mapper.run import decide, run_network
from mapper.semantics import Decay, DecayKind, Reset, apply_decay, apply_reset, reset_interval
from tests.naive import State, rule_of, step

SHIFTS = (DecayKind.SHIFT, DecayKind.HALVE)
decays = st.sampled_from([*DecayKind]).flatmap(
    lambda kind: (
        st.integers(1, 7).map(lambda a: Decay(kind, a)) if kind in SHIFTS else st.just(Decay(kind))
    )
)
values = st.integers(-300, 300)
PSP = ("rel_psp", "rel_psp_readout")


def eights(elements):
    return st.lists(elements, min_size=8, max_size=8)


@given(
    kind=st.sampled_from(["threshold", "readout", *PSP]),
    decay=decays,
    reset=st.sampled_from([*Reset]),
    threshold=values,
    bias=st.integers(-5, 5),
    v=values,
    inputs=st.lists(eights(st.booleans()), min_size=1, max_size=12),
    weights=eights(st.integers(-128, 127)),
)
@settings(max_examples=400)
def test_kinds_do_what_the_design_says(kind, decay, reset, threshold, bias, v, inputs, weights):
    population = Population("p", (1,), kind, decay, reset, threshold, bias, v)
    network = Network("n", (8,), (population,), (Dense(INPUT, "p", [weights], "int8"),), "p",
                      len(inputs))  # fmt: skip
    trace = run_network(network, np.array([inputs]))
    sums = [sum(w for w, on in zip(weights, tick, strict=True) if on) for tick in inputs]
    state, found = State(v), []
    for total in sums:
        found.append((step(rule_of(population, 0), state, total)[0], state.v))
    assert trace.spikes["p"][0, :, 0].tolist() == [fired for fired, _ in found]
    assert trace.potentials["p"][0, :, 0].tolist() == [v for _, v in found]


@given(decays, values, values)
def test_decay_is_monotone_and_shrinks(decay, a, b):
    low, high = apply_decay(np.array([min(a, b), max(a, b)]), decay)
    assert low <= high
    if decay.kind != DecayKind.NONE:
        assert abs(low) <= max(abs(min(a, b)), 1)
    assert 0 <= decay.factor <= 1


@given(values, values, values, st.sampled_from([*Reset]), st.booleans())
@settings(max_examples=300)
def test_reset_interval_is_exact_or_wider(a, b, threshold, reset, spiking):
    """Every potential of the interval lands in the new one; its ends are reached for ZERO."""
    low, high = min(a, b), max(a, b)
    v = np.arange(low, high + 1)
    fired = (v >= threshold) & spiking
    after = apply_reset(v, fired, np.full_like(v, threshold), reset)
    new_low, new_high = reset_interval(
        np.array(low), np.array(high), np.array(threshold), reset, spiking
    )
    assert new_low == after.min() and new_high == after.max()


@pytest.mark.parametrize("delay", [1, 2, 3])
def test_recurrent_spikes_arrive_after_their_delay(delay):
    """One input spike at tick 0, a neuron that repeats what it hears."""
    p = Population("p", (1,), decay=Decay(DecayKind.CLEAR))
    loop = Dense("p", "p", [[1]], delay=delay)
    network = Network("n", (1,), (p,), (Dense(INPUT, "p", [[1]]), loop), "p", 7)
    spikes = np.zeros((1, 7, 1), bool)
    spikes[0, 0] = True
    fired = np.flatnonzero(run_network(network, spikes).spikes["p"][0, :, 0])
    assert fired.tolist() == list(range(0, 7, delay))


@given(seed=st.integers(0, 2**32), block=st.integers(1, 400))
@settings(max_examples=30)
def test_what_is_kept_and_how_samples_are_grouped_changes_nothing(
    seed, block, make_conv_network, make_spikes
):
    """Recurrent delays reach back over the few ticks that are remembered without "all"."""
    network = make_conv_network(seed)
    spikes, name = make_spikes(network, 4, seed), network.output
    whole = run_network(network, spikes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mapper.run._BLOCK", block)
        parts = [run_network(network, spikes), run_network(network, spikes, keep="decision")]
    assert [*parts[1].spikes] == [*parts[1].potentials] == [name]
    for found in parts:
        for p in found.spikes:
            assert np.array_equal(found.spikes[p], whole.spikes[p])
            assert np.array_equal(found.potentials[p], whole.potentials[p])


def test_ties_go_to_the_lowest_class():
    p = Population("p", (3,), reset=Reset.NONE, threshold=1)
    connection = Dense(INPUT, "p", [[0], [1], [1]])
    for decision in DECISIONS:
        network = Network("n", (1,), (p,), (connection,), "p", 2, decision)
        assert decide(network, run_network(network, np.ones((4, 2, 1), bool))).tolist() == [1] * 4


@pytest.mark.parametrize("spikes", [np.zeros((1, 2, 3)), np.zeros((1, 1, 2)), np.zeros((2, 3))])
def test_spikes_of_another_shape(spikes):
    p = Population("p", (3,))
    network = Network("n", (3,), (p,), (Dense(INPUT, "p", np.eye(3)),), "p", 1)
    with pytest.raises(InputError, match="shape"):
        run_network(network, spikes)
    with pytest.raises(InputError, match="0 or 1"):
        run_network(network, np.full((1, 1, 3), 2))
    kept = run_network(network, np.zeros((0, 1, 3)), keep="decision")
    assert kept.spikes["p"].shape == (0, 1, 3)


@pytest.mark.parametrize(
    ("kind", "amount"),
    [("shift", 0), ("shift", 8), ("halve", -1), ("none", 1), ("clear", 1), ("bogus", 0),
     ("shift", 2.0), ("shift", True), (None, 0)],
)  # fmt: skip
def test_bad_decays(kind, amount):
    with pytest.raises(InputError, match="decay"):
        Decay(kind, amount)


def test_plain_words_are_as_good_as_enums():
    assert Decay("shift", 3) == Decay(DecayKind.SHIFT, 3)
    assert Population("p", (1,), reset="once").reset is Reset.ONCE
