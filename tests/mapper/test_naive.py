"""The fast models against the naive one: every spike, every potential, every class."""

import ast
from pathlib import Path

import numpy as np
import pytest
from grids import random_grid_network
from hypothesis import given, settings
from hypothesis import strategies as st

from algo.datasets import load
from algo.encoders import encode
from flows.zoo import network_path
from mapper.nir_io import read_network
from mapper.run import decide, run_network
from tests.cosim.test_any_network import networks
from tests.naive import class_of, run

seeds = st.integers(0, 2**32)


def check(network, spikes):
    """`run_network` does what the naive model does."""
    trace = run_network(network, spikes)
    classes = decide(network, trace)
    for k, sample in enumerate(spikes.astype(int).tolist()):
        fired, potentials = run(network, sample)
        for p in network.populations:
            assert trace.spikes[p.name][k].astype(int).tolist() == fired[p.name], (p.name, k)
            assert trace.potentials[p.name][k].tolist() == potentials[p.name], (p.name, k)
        assert classes[k] == class_of(network, fired, potentials), k


def random_spikes(network, seed, samples=2):
    rng = np.random.default_rng(seed)
    return rng.random((samples, network.ticks, network.n_inputs)) < rng.choice([0.1, 0.5])


@given(networks(), st.integers(0, 99))
@settings(max_examples=60)
def test_any_network(network, seed):
    check(network, random_spikes(network, seed))


@given(seed=seeds)
@settings(max_examples=40)
def test_loops_and_delays_of_convolutions(seed, make_conv_network):
    network = make_conv_network(seed)
    check(network, random_spikes(network, seed, 1))


@given(seed=seeds)
@settings(max_examples=40)
def test_recurrent_networks(seed, make_network):
    network = make_network(seed)
    check(network, random_spikes(network, seed))


@given(seed=seeds)
@settings(max_examples=40)
def test_neurons_that_fire_once(seed):
    network = random_grid_network(seed)
    check(network, random_spikes(network, seed))


@pytest.mark.parametrize("name", ["digits", "digits-stdbp"])
def test_trained_networks(name):
    network = read_network(network_path(name))
    images = load("digits", "test").images[:3]
    check(network, encode(images, network.encoding, network.ticks))


def test_the_naive_model_imports_nothing_of_the_project():
    for file in (Path(__file__).parents[1] / "naive").glob("n*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                assert node.module in ("dataclasses", "itertools", "math", "typing"), file.name
