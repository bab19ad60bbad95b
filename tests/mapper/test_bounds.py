"""The overflow proof: sound for every input, and it refuses with the neuron and the width."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper.crossbar.compiler import check_network, map_network
from mapper.crossbar.params import CoreParams
from mapper.crossbar.proof import potential_bounds, width_problem
from mapper.errors import InputError
from mapper.network import INPUT, Dense, Network, Population
from mapper.run import run_network
from mapper.semantics import Decay, DecayKind, Reset

NARROW = CoreParams(axons=64, neurons=64, lanes=8, update_lanes=4, max_extension=8,
                    potential_bits=8, routes=64)  # fmt: skip


@given(seed=st.integers(0, 2**32))
@settings(max_examples=150)
def test_no_run_leaves_the_proven_interval(seed, make_network, make_spikes):
    network = make_network(seed)
    bounds = {p.name: potential_bounds(network, p) for p in network.populations}
    rng = np.random.default_rng(seed)
    # Extremes hide in corners: each neuron's own worst input, kept up for all ticks.
    weight = np.concatenate([c.weight for c in network.incoming("p0_0") if c.source == INPUT])
    corners = np.concatenate([weight > 0, weight < 0])[:, None].repeat(network.ticks, axis=1)
    for spikes in (make_spikes(network, 20, seed, rng.random()), corners):
        trace = run_network(network, spikes)
        for name, (low, high) in bounds.items():
            v = trace.potentials[name]
            assert (low <= v).all() and (v <= high).all()


@given(seed=st.integers(0, 2**32))
@settings(max_examples=30)
def test_convolutions_reach_what_their_matrix_reaches(seed, make_conv_network):
    """Borders see fewer inputs; the bounds say so, neuron by neuron."""
    network = make_conv_network(seed)
    unrolled = replace(network, connections=tuple(
        Dense(c.source, c.target, c.matrix().toarray(), c.format, c.delay)
        for c in network.connections
    ))  # fmt: skip
    for p in network.populations:
        assert np.array_equal(potential_bounds(network, p), potential_bounds(unrolled, p))


@given(
    seed=st.integers(0, 2**32), ticks=st.integers(1, 6),
    kind=st.sampled_from(["rel_psp", "rel_psp_readout"]),
)  # fmt: skip
def test_bounds_of_rel_psp_hold_for_inputs_that_spike_at_every_tick(seed, ticks, kind):
    rng = np.random.default_rng(seed)
    p = Population("p", (4,), kind, threshold=rng.integers(1, 40, 4), bias=rng.integers(-2, 3))
    weight = rng.integers(-8, 8, (4, 6))
    network = Network("n", (6,), (p,), (Dense(INPUT, "p", weight, "int4"),), "p", ticks)
    corners = np.concatenate([weight > 0, weight < 0])[:, None].repeat(ticks, axis=1)
    spikes = np.concatenate([corners, rng.random((30, ticks, 6)) < rng.random()])
    trace = run_network(network, spikes)
    low, high = potential_bounds(network, p)
    assert (low <= trace.potentials["p"]).all() and (trace.potentials["p"] <= high).all()


def accumulator(weights, ticks=1, fmt="int8", **facts) -> Network:
    p = Population("sum", (len(weights),), "readout", **facts)
    return Network(
        "n", (len(weights[0]),), (p,), (Dense(INPUT, "sum", weights, fmt),), "sum", ticks
    )


def test_tight_at_the_edge_of_the_width():
    """127 fits 8 bits, 128 does not; -128 fits, -129 does not."""
    for top, fits in ((127, True), (128, False)):
        network = accumulator([[0, 0], [100, top - 100]])
        assert (width_problem(network, network["sum"], 8) is None) == fits
    for bottom, fits in ((-128, True), (-129, False)):
        network = accumulator([[-100, bottom + 100]])
        assert (width_problem(network, network["sum"], 8) is None) == fits


def test_the_refusal_names_neuron_and_width():
    network = accumulator([[1, 1], [100, 100], [0, 0]], ticks=3)
    with pytest.raises(InputError, match=r"'sum'.*neuron 1 .*0\.\.600.*needs 11 bits.*has 8"):
        map_network(network, NARROW)
    verdict = check_network(network, NARROW)[0]
    assert not verdict["fits"] and "needs 11 bits" in verdict["reason"]


@pytest.mark.parametrize("fact", ["threshold", "bias", "initial"])
def test_parameters_must_fit_too(fact):
    p = Population("p", (2,), decay=Decay(DecayKind.CLEAR), **{fact: [1, 200]})
    network = Network("n", (1,), (p,), (Dense(INPUT, "p", [[1], [0]]),), "p", 1)
    with pytest.raises(InputError, match="neuron 1 .*needs 9 bits"):
        map_network(network, NARROW)


def test_leak_and_reset_keep_long_runs_narrow():
    """A leaky neuron of 1,000 ticks fits where an accumulator cannot."""
    for decay, fits in ((Decay(DecayKind.NONE), False), (Decay(DecayKind.SHIFT, 2), True)):
        network = accumulator([[10, 10]], ticks=1000, decay=decay)
        assert (width_problem(network, network["sum"], 8) is None) == fits
    p = Population("p", (1,), reset=Reset.ZERO, threshold=5)
    network = Network("n", (2,), (p,), (Dense(INPUT, "p", [[1, 1]]),), "p", 1000)
    assert width_problem(network, p, 8) is None


def test_the_longest_sample_is_proved_in_seconds():
    network = accumulator([[1] * 8], ticks=65_535)
    assert potential_bounds(network, network["sum"])[1] == 8 * 65_535


def test_lowest_value_of_the_width_survives_saving(tmp_path):
    from mapper.crossbar.image import ChipImage

    image = map_network(accumulator([[0]], initial=-128, bias=0), NARROW)
    image.save(tmp_path / "chip")
    assert ChipImage.load(tmp_path / "chip").sha256() == image.sha256()
