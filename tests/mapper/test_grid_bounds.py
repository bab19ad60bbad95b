"""The grid's overflow proof: sound where everything spikes at most once, and sharp."""

import numpy as np
import pytest
from grids import chain, grid_pe, once, random_grid_network
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper.errors import InputError
from mapper.network import INPUT, Dense, Network, Population
from mapper.run import run_network
from mapper.semantics import Reset
from mapper.yoso.compiler import check_network, map_network
from mapper.yoso.params import PeParams
from mapper.yoso.proof import neuron_bounds

KINDS = ("rel_psp", "rel_psp_readout", "threshold", "readout")


@given(st.integers(0, 2**32))
@settings(max_examples=60)
def test_no_run_leaves_the_proven_interval(seed):
    """Random single spikes, and each neuron's own worst ones in the first tick."""
    network = random_grid_network(seed)
    for spikes in (once(network, 30, seed), corners(network)):
        trace = run_network(network, spikes)
        for p in network.populations:
            low, high = neuron_bounds(network, p).potential
            assert (low <= trace.potentials[p.name]).all()
            assert (trace.potentials[p.name] <= high).all()


def corners(network):
    """Inputs of one sign of a neuron's weights spike at tick 0."""
    rows = [c.matrix().toarray() for c in network.incoming("p0")]
    signs = np.concatenate([sign for w in rows for sign in (w > 0, w < 0)])
    spikes = np.zeros((len(signs), network.ticks, network.n_inputs), bool)
    spikes[:, 0] = signs
    return spikes


def weighing(weights, kind, ticks=3, threshold=1 << 20) -> Network:
    """One neuron with these weights."""
    p = Population("n", (1,), kind, reset=Reset.ONCE, threshold=threshold)
    connection = Dense(INPUT, "n", [weights], "int8")
    return Network("n", (len(weights),), (p,), (connection,), "n", ticks)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sign", [1, -1])
def test_accumulators_are_sharp(kind, sign):
    """127 and -128 fit 8 bits, one more does not; all inputs at once reach it."""
    edge = 127 if sign > 0 else 128
    pe = PeParams(weight_bits=8, accumulator_bits=8)
    for top, fits in ((edge, True), (edge + 1, False)):
        network = weighing([sign * 100, sign * (top - 100), -sign], kind)
        assert check_network(network, pe)[0]["fits"] == fits
    match = f"neuron 0 can have an accumulated weight in .*{edge + 1}.* 9 bits, the PE has 8"
    with pytest.raises(InputError, match=match):
        map_network(network, pe)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sign", [1, -1])
def test_potentials_are_sharp(kind, sign):
    """Of a neuron that adds its sum in each of 3 ticks, or only once: the bound is reached."""
    ticks, repeats = 3, 3 if kind.startswith("rel_psp") else 1
    pe = PeParams(weight_bits=8, accumulator_bits=16, potential_bits=9)
    edge = (255 if sign > 0 else 256) // repeats
    for total, fits in ((edge, True), (edge + 1, False)):
        network = weighing([sign * 70, sign * (total - 70 - (total - 70) // 2),
                            sign * ((total - 70) // 2)], kind, ticks, threshold=255)  # fmt: skip
        assert check_network(network, pe)[0]["fits"] == fits
        (low,), (high,) = neuron_bounds(network, network["n"]).potential
        reached = run_network(network, corners_of(network)).potentials["n"]
        assert (high if sign > 0 else low) == sign * repeats * total == reached.ravel()[-1]
    with pytest.raises(InputError, match="neuron 0 can have a potential in .*needs 10 bits"):
        map_network(network, pe)


def corners_of(network):
    spikes = np.zeros((1, network.ticks, network.n_inputs), bool)
    spikes[:, 0] = True
    return spikes


def test_a_neuron_that_fires_stops_growing():
    """Below its threshold before a tick, at most its sum above it after."""
    network = weighing([100, 100], "rel_psp", ticks=8, threshold=300)
    assert neuron_bounds(network, network["n"]).potential[1].tolist() == [299 + 200]
    silent = weighing([100, 100], "rel_psp_readout", ticks=8)
    assert neuron_bounds(silent, silent["n"]).potential[1].tolist() == [8 * 200]


def test_a_neuron_that_fires_without_input_holds_its_first_sum():
    for threshold in (0, -5):
        network = weighing([100, 100], "rel_psp", ticks=8, threshold=threshold)
        assert neuron_bounds(network, network["n"]).potential[1].tolist() == [200]


def test_thresholds_of_silent_neurons_do_not_count():
    assert map_network(chain(3, 2, kind="readout", threshold=1 << 30), grid_pe())
    with pytest.raises(InputError, match="neuron 0 can have a threshold in 1073741824"):
        map_network(chain(3, 2, kind="threshold", threshold=1 << 30), grid_pe())


@pytest.mark.parametrize("name", ["neurons", "weights", "queue", "ticks", "rows", "runs"])
def test_sizes_of_memories_are_powers_of_two(name):
    sizes = {"rows": 64, "runs": 64} | {name: 48}
    with pytest.raises(InputError, match=f"{name} must be a power of two"):
        PeParams(**sizes)
