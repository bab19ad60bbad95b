"""Fake-quantized torch == integer Network: every spike and every potential, no tolerance."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from algo.batches import spikes_of
from algo.encoders import encode
from algo.integer_network import build_network
from algo.rules import Rule
from algo.run import build_rule
from mapper.errors import InputError
from mapper.network import Network, Population
from mapper.run import NetworkTrace, run_network
from mapper.topology import parse_topology


def scramble(rule: Rule, seed: int) -> None:
    """Random parameters far from their initial values, and statistics that fit them."""
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, parameter in rule.named_parameters():
            if name.endswith("weight"):
                parameter.normal_(std=float(torch.rand(())) + 0.01)
            elif name.endswith("last.bias"):
                parameter.normal_(std=20)
            elif name.endswith("beta"):
                parameter.normal_(std=0.7)
            elif name.endswith("factor"):
                parameter.uniform_(0, 1.1)
            elif name.endswith("theta"):
                parameter.uniform_(-0.2, 3)


def random_inputs(recipe, samples: int, generator: torch.Generator) -> torch.Tensor:
    """Spikes; or values, the same at every tick, half of them 0."""
    n = math.prod(recipe.layers.input_shape)
    if recipe.encoding["name"] != "pixels":
        return (torch.rand((samples, recipe.ticks, n), generator=generator) < 0.3).float()
    values = torch.randint(-255, 256, (samples, 1, n), generator=generator).clamp(min=0)
    return values.repeat(1, recipe.ticks, 1).float()


def both(recipe, seed: int, samples: int = 40) -> tuple[dict, NetworkTrace, Network]:
    generator = torch.Generator().manual_seed(seed)
    inputs = math.prod(recipe.layers.input_shape)
    spikes = random_inputs(recipe, samples, generator)
    torch.manual_seed(seed)
    rule = build_rule(recipe)
    scramble(rule, seed)
    rule.calibrate(random_inputs(recipe, samples, generator))
    network = build_network(recipe, rule, (inputs,))
    return rule.run(spikes), run_network(network, spikes.numpy().astype(np.uint8)), network


def assert_equal(traces: dict, expected: NetworkTrace) -> None:
    assert list(traces) == list(expected.spikes) == list(expected.potentials)
    for name, trace in traces.items():
        assert trace.spikes.numpy().astype(np.int64).tolist() == expected.spikes[name].tolist()
        assert (trace.potentials.numpy() == expected.potentials[name]).all(), name


def assert_alive(traces: dict) -> None:
    """The comparison means something only if neurons both fire and rest."""
    hidden = [trace.spikes for name, trace in traces.items() if name != "readout"]
    assert all(0.02 < float(s.mean()) < 0.98 for s in hidden)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("topology", ["30-20-5", "9-40-17-4", "12-3"])
def test_scatter_gather(make_recipe, seed, topology):
    recipe = make_recipe(topology=topology)
    traces, expected, network = both(recipe, seed)
    assert_equal(traces, expected)
    assert_alive(traces)
    assert all(np.abs(c.weight).max() == 1 for c in network.connections)


DECAYS = ["none", "shift 1", "shift 3", "shift 7", "halve 1", "halve 4", "clear", "trained"]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("decay", DECAYS)
@pytest.mark.parametrize("weights", ["ternary", "int6"])
def test_stbp(make_recipe, seed, decay, weights):
    rule = {
        "name": "stbp",
        "weights": weights,
        "readout_weights": "int8" if seed % 2 else "ternary",
        "decay": decay,
        "readout_decay": DECAYS[DECAYS.index(decay) - seed],
        "reset": "zero" if seed in (1, 2) else "subtract",
        "output": "spikes" if seed > 1 else "potential",
    }
    recipe = make_recipe("stbp", topology="40-30-20-6", ticks=9, rule=rule)
    traces, expected, network = both(recipe, seed)
    assert_equal(traces, expected)
    assert_alive(traces)
    assert (network["hidden1"].threshold >= 1).all()
    assert (expected.potentials["hidden1"] < 0).any(), "negative values test the floor"
    assert network.decision == rule["output"].rstrip("s") + "s" * (seed > 1)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("reset", ["zero", "subtract"])
def test_stbp_without_statistics(make_recipe, seed, reset):
    """Only the initial weights are normalized; thresholds and biases have the weights' unit."""
    rule = {"name": "stbp", "weights": "int5", "normalization": "weights", "reset": reset,
            "theta": 0.5, "output": "spikes"}  # fmt: skip
    assert_exact(make_recipe("stbp", topology="6x6-4C3-P2-8-5", ticks=5, rule=rule), seed)


@settings(max_examples=15, deadline=None)
@given(
    st.sampled_from(["20-9R-5", "30-12R-7R-4", "5x4-3C2-8R-6-5", "14-5R-3"]),
    st.sampled_from(["none", "shift 2", "halve 3", "trained"]),
    st.sampled_from(["ternary", "int3", "int6"]),
    st.integers(0, 1000),
)
def test_stbp_recurrent(make_recipe, topology, decay, weights, seed):
    rule = {"name": "stbp", "weights": weights, "decay": decay, "output": "spikes"}
    recipe = make_recipe("stbp", topology=topology, ticks=7, rule=rule)
    assert_exact(recipe, seed)
    network = both(recipe, seed, 2)[2]
    assert sum(c.delay == 1 for c in network.connections) == topology.count("R")


def test_stbp_training_pass_uses_the_same_arithmetic(make_recipe):
    """On the batch that it was calibrated with, training and inference agree exactly."""
    recipe = make_recipe("stbp", topology="40-30-6", ticks=9)
    torch.manual_seed(0)
    rule = build_rule(recipe)
    spikes = (torch.rand(50, 9, 40) < 0.3).float()
    rule.calibrate(spikes)
    layer = rule.hidden["hidden1"]
    assert torch.equal(layer(spikes), layer.run(spikes).spikes)


def test_threshold_met_exactly_fires(make_recipe):
    """One input, one neuron: sum 1 or 0 against thresholds 0, 1 and 2."""
    rule = build_rule(make_recipe(topology="1-3-2"))
    layer = rule.hidden["hidden1"]
    with torch.no_grad():
        layer.linear.weight.fill_(1.0)
        layer.mean.copy_(torch.tensor([-0.5, 0.5, 0.5000001]))
    spikes = torch.tensor([[[0.0]], [[1.0]]])
    assert layer.population("x").threshold.tolist() == [0, 1, 2]
    assert layer.run(spikes).spikes[:, 0].tolist() == [[1, 0, 0], [1, 1, 0]]


SAMPLES = 20
PIXELS = {"name": "pixels"}


def scattered(values: torch.Tensor, population: Population) -> torch.Tensor:
    """Values of groups (B, T, n), repeated for each neuron: (B, T, channels, group, places)."""
    channels = population.shape[0] // population.group
    grouped = values.reshape(*values.shape[:2], channels, 1, -1)
    return grouped.expand(-1, -1, -1, population.group, -1)


def assert_exact(recipe, seed: int) -> tuple[dict, dict]:
    """Every spike and potential of a random network; returns the traces, and the spikes."""
    generator = np.random.default_rng(seed)
    shape = recipe.layers.input_shape
    images, others = generator.integers(0, 256, (2, SAMPLES, *shape)).astype(np.uint8)
    torch.manual_seed(seed)
    rule = build_rule(recipe)
    scramble(rule, seed)
    rule.calibrate(spikes_of(others, recipe))
    network = build_network(recipe, rule, shape)
    traces = rule.run(spikes_of(images, recipe))
    spikes = encode(images, network.encoding, network.ticks)
    expected = run_network(network, spikes)
    for name, want in expected.potentials.items():
        population, got = network[name], traces[name]
        level = torch.arange(population.group)[:, None]
        fired = scattered(got.spikes, population) > level
        assert (fired.numpy().reshape(want.shape) == expected.spikes[name]).all(), name
        assert (scattered(got.potentials, population).numpy().reshape(want.shape) == want).all()
    return traces, {"input": spikes} | expected.spikes


@st.composite
def topologies(draw) -> str:
    """A map of one or two channels, one to three convolutions or poolings, dense layers."""
    height, width = draw(st.tuples(st.integers(4, 9), st.integers(4, 9)))
    parts = [f"{height}x{width}x{draw(st.integers(1, 2))}"]
    for _ in range(draw(st.integers(1, 3))):
        kernel = draw(st.sampled_from(["1", "2", "3", "1x2", "3x2"]))
        stride = draw(st.sampled_from(["", "s2", "s1x2"]))
        layer = f"{draw(st.integers(1, 4))}C{kernel}{stride}" if draw(st.booleans()) else "P2"
        if "1" not in layer.partition("C")[2]:
            layer += draw(st.sampled_from(["", "p1"]))
        try:
            parse_topology("-".join([*parts, layer]))
        except InputError:  # the map has become smaller than the kernel
            break
        parts.append(layer)
    return "-".join([*parts, *draw(st.sampled_from([["3"], ["7", "4"]]))])


@settings(max_examples=25, deadline=None)
@given(
    topologies(),
    st.sampled_from([(0, 1), (0, 2), (1, 2), (2, 1)]),
    st.sampled_from(["ternary", "int4"]),
    st.integers(0, 1000),
)
def test_scatter_gather_convolutions(make_recipe, topology, precision, weights, seed):
    k, bound = precision
    rule = {"name": "scatter_gather", "k": k, "bound": bound, "weights": weights}
    assert_exact(make_recipe(topology=topology, rule=rule), seed)


@settings(max_examples=10, deadline=None)
@given(topologies(), st.sampled_from(DECAYS), st.integers(0, 1000))
def test_stbp_convolutions(make_recipe, topology, decay, seed):
    rule = {"name": "stbp", "weights": "int4", "decay": decay}
    assert_exact(make_recipe("stbp", topology=topology, rule=rule), seed)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("topology", ["30-20-5", "8x6x2-4C3p1-9-4"])
def test_stbp_of_values(make_recipe, topology, seed):
    rule = {"name": "stbp", "weights": "int6", "readout_weights": "int6", "decay": "shift 2"}
    recipe = make_recipe("stbp", topology=topology, rule=rule, encoding={"name": "pixels"})
    traces, expected, network = both(recipe, seed)
    assert network.direct
    assert_equal(traces, expected)
    assert_alive(traces)


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(["30-20-5", "8x6x2-4C3p1-P2-9-4", "7x4x3x1-3C3x2x2s2x1x1-5C2x2x1p1x0x0-6-4",
                     "9x3x3x1-4C4x3x3s3x1x1p1x0x0-8-5", "9x3x3x1-5C3x3x3-5x7-4C3s2-P2x1-6-4",
                     "7x3x3x1-3C3x2x2-2x2x15-4C2-5"]),
    st.sampled_from(["int4", "int5", "int6"]),
    st.sampled_from([(0, 255), (128, 32), (255, 1.5)]),
    st.integers(1, 7),
    st.integers(0, 1000),
)  # fmt: skip
def test_qstdb(make_recipe, topology, weights, values, ticks, seed):
    """Random weights, thresholds and leaks after a conversion; padding stands for value 0."""
    zero, unit = values
    rule = {"name": "qstdb", "relu_epochs": 1, "weights": weights, "zero": zero, "unit": unit}
    recipe = make_recipe(topology=topology, ticks=ticks, rule=rule, encoding=PIXELS)
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    built = build_rule(recipe)
    built.enter("spiking", random_inputs(recipe, 20, generator))
    torch.manual_seed(seed)
    with torch.no_grad():
        for layer in built.hidden.values():
            layer.theta.mul_(torch.rand(()) * 0.4 + 0.05)
            layer.leak.factor.uniform_(0, 1.1)
    inputs = random_inputs(recipe, SAMPLES, generator)
    network = build_network(recipe, built, (inputs.shape[2],))
    expected = run_network(network, inputs.numpy().astype(np.uint8))
    assert_equal(built.run(inputs), expected)
    assert network.direct and network["hidden1"].reset == "subtract"
    assert 0.02 < expected.spikes["hidden1"].mean() < 0.98, f"{seed=}"


RATE = {"name": "rate_if", "maximum": 255}
LATENCY = {"name": "latency", "maximum": 255}


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([("stdbp", 0.3), ("stdbp", 2.0), ("stdbp", 20.0),
                     ("sstdp", 0.1), ("sstdp", 0.5), ("sstdp", 3.0)]),
    st.one_of(topologies(), st.sampled_from(["30-20-5", "9-40-17-4", "12-3"])),
    st.sampled_from(["ternary", "int6"]),
    st.integers(1, 9),
    st.integers(0, 1000),
)  # fmt: skip
def test_rules_of_single_spikes(make_recipe, case, topology, weights, ticks, seed):
    name, theta = case
    rule = {"name": name, "weights": weights, "theta": theta, "output_theta": theta}
    assert_exact(make_recipe(topology=topology, ticks=ticks, rule=rule, encoding=LATENCY), seed)


@pytest.mark.parametrize("seed", range(3))
def test_stdbp_some_neurons_fire_and_none_twice(make_recipe, seed):
    rule = {"name": "stdbp", "theta": 1.0, "output_theta": 1.0}
    recipe = make_recipe(topology="40-30-20-6", ticks=9, rule=rule, encoding=LATENCY)
    traces, _ = assert_exact(recipe, seed)
    for name, trace in traces.items():
        counts = trace.spikes.sum(dim=1)
        assert 0.05 < float(counts.mean()) < 0.95 and float(counts.max()) == 1, name


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("decay", ["none", "shift 1", "halve 2"])
@pytest.mark.parametrize("weights", ["ternary", "int6"])
def test_desire(make_recipe, weights, decay, seed):
    rule = {"name": "desire", "weights": weights, "decay": decay}
    recipe = make_recipe(topology="40-30-20-6", ticks=9, rule=rule, encoding=RATE)
    traces, expected, network = both(recipe, seed)
    assert_equal(traces, expected)
    assert_alive(traces)
    assert network.decision == "spikes"


@pytest.mark.parametrize("topology", ["1d:12x2-6C3p1-P2-9-4", "4x5x3x2-5C2x3x2-P2x1x2-6-3"])
@pytest.mark.parametrize("k", [0, 1])
def test_other_dimensions(make_recipe, topology, k):
    rule = {"name": "scatter_gather", "k": k, "bound": 2}
    assert_exact(make_recipe(topology=topology, rule=rule), seed=k)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("k", "bound"), [(0, 1), (0, 2), (1, 2)])
@pytest.mark.parametrize("first", ["5C3p1", "4C2s2", "3C5p2"])
def test_first_layer_off_chip(make_recipe, first, k, bound, seed):
    """The exported encoding computes the trained layer; the rest computes the rest."""
    rule = {"name": "scatter_gather", "k": k, "bound": bound, "transduction": "int8"}
    recipe = make_recipe(topology=f"8x8-{first}-6C3-P2-12-5", rule=rule, encoding=PIXELS)
    traces, expected = assert_exact(recipe, seed)
    group = bound << k
    off_chip = traces["transduction"].spikes
    channels = recipe.layers.layers[0].channels
    grouped = off_chip.reshape(SAMPLES, channels, 1, -1) > torch.arange(group)[:, None]
    assert (grouped.numpy().reshape(SAMPLES, 1, -1) == expected["input"]).all()
    assert 0.02 < expected["input"].mean() < 0.98
    for name, trace in traces.items():
        if name != "readout":
            assert 0 < float(trace.spikes.mean()) < group, f"{name}: a dead comparison"
            assert set(np.unique(trace.spikes)) == set(range(group + 1)), name


def test_groups_share_synapses_and_order_their_thresholds(make_recipe):
    rule = {"name": "scatter_gather", "k": 1, "bound": 2, "transduction": "int8"}
    recipe = make_recipe(topology="8x8-3C3p1-4C3-6-5", rule=rule, encoding=PIXELS)
    torch.manual_seed(0)
    built = build_rule(recipe)
    images = np.random.default_rng(0).integers(0, 256, (10, 8, 8)).astype(np.uint8)
    built.calibrate(spikes_of(images, recipe))
    network = build_network(recipe, built, (8, 8))
    assert network.input_shape == (12, 8, 8) and network["hidden1"].shape == (16, 6, 6)
    assert [p.group for p in network.populations] == [4, 4, 1]
    thresholds = network["hidden1"].threshold.reshape(4, 4, 36)
    assert (np.diff(thresholds, axis=1) >= 0).all() and (thresholds == thresholds[..., :1]).all()
    weight = network.connections[0].weight
    assert weight.shape == (16, 12, 3, 3)
    for o, i in np.ndindex(4, 4):  # any member of a group speaks for it, on both sides
        assert (weight[o::4, i::4] == weight[::4, ::4]).all()
    assert (weight[:4] == weight[:1]).all() and (weight[:, :4] == weight[:, :1]).all()
