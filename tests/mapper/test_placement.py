"""Placement: the optimizer's cost is the image's traffic, and it never does harm."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.golden.crossbar import run_chip
from mapper.activity import uniform_activity
from mapper.crossbar.arrangement import Arrangement
from mapper.crossbar.compiler import map_network
from mapper.crossbar.flows import pass_flows
from mapper.crossbar.params import CoreParams
from mapper.crossbar.placement import Optimizer
from mapper.crossbar.traffic import pass_loads
from mapper.network import INPUT
from mapper.run import run_network

CORE = CoreParams(axons=24, neurons=32, lanes=8, update_lanes=4, max_extension=4, routes=2048)


def hops(image, activity):
    return sum(pass_loads(image, i, activity).hops for i in range(len(image.passes)))


def random_activity(network, rng):
    sizes = {INPUT: network.n_inputs} | {p.name: p.n for p in network.populations}
    return {name: rng.integers(0, 5, n).astype(float) for name, n in sizes.items()}


def any_network(make_network, seed):
    """A network and a mesh, of one pass with loops or of several without."""
    several = bool(seed % 2)
    levels = [[70], [20, 9]] if several else [[40], [30, 9]]  # 5 cores first: one in pass 1
    recurrent = 0 if several else 0.3
    network = make_network(seed, levels=levels, formats=["ternary"], recurrent=recurrent)
    return network, (2, 2) if several else (5, 5)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=20)
def test_cost_of_any_placement_is_the_traffic_of_its_image(seed, make_network):
    network, mesh = any_network(make_network, seed)
    rng = np.random.default_rng(seed)
    activity, expected = random_activity(network, rng), []

    def place(loads, run):
        places = rng.permutation(loads.params.cores).tolist()
        flows = pass_flows(loads, run, activity)
        expected.append(Arrangement(flows, loads.params, places).hops)
        return places[: len(run.plans)]

    image = map_network(network, CORE, mesh, place=place)
    assert hops(image, activity) == sum(expected)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=8)
def test_optimized_is_never_worse_and_computes_the_same(seed, make_network, make_spikes):
    network, mesh = any_network(make_network, seed)
    activity = random_activity(network, np.random.default_rng(seed))
    seen = []
    optimizer = Optimizer(activity, seed, 2, progress=lambda *step: seen.append(step))
    before, after = (map_network(network, CORE, mesh, place=p) for p in (None, optimizer))
    assert hops(after, activity) <= hops(before, activity)
    assert seen == [(i, 7) for _ in after.passes for i in range(1, 8)]
    spikes = make_spikes(network)
    chip, net = run_chip(after, spikes), run_network(network, spikes)
    for p in network.populations:
        assert (chip.spikes[p.name] == net.spikes[p.name]).all()
        assert (chip.potentials[p.name] == net.potentials[p.name]).all()


def test_same_seed_same_bytes(make_network):
    network = make_network(5, levels=[[60], [50]], formats=["ternary"], recurrent=0)
    images = [map_network(network, CORE, place=Optimizer(seed=3)).sha256() for _ in range(2)]
    assert images[0] == images[1]


def test_every_candidate_counts(make_network):
    """Whoever improves more of them goes on where others stopped."""
    levels = [[40], [40], [40], [40]]
    network = make_network(11, levels=levels, formats=["ternary"], recurrent=0)
    activity = random_activity(network, np.random.default_rng(1))
    found = [hops(map_network(network, CORE, (5, 4)), activity)]
    for improved in (1, 3, 7):
        optimizer = Optimizer(activity, seed=6, restarts=5, improved=improved)
        found.append(hops(map_network(network, CORE, (5, 4), place=optimizer), activity))
    assert found == sorted(found, reverse=True) and found[-1] < found[1] < found[0], found


@pytest.mark.parametrize("mesh", [(1, 1), (8, 8)])
def test_one_core_alone(mesh, make_network):
    network = make_network(2, levels=[[3]], inputs=3, formats=["ternary"])
    image = map_network(network, CORE, mesh, place=Optimizer(restarts=1))
    assert hops(image, uniform_activity(image)) == 0
