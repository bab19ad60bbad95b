"""Fake-quantized torch == integer Network: every spike and every potential, no tolerance."""

import numpy as np
import pytest
import torch

from algo.export import build_network
from algo.rules import Rule
from algo.run import build_rule
from mapper.network import Network
from mapper.run import NetworkTrace, run_network


def scramble(rule: Rule, seed: int) -> None:
    """Random parameters far from their initial values, and statistics that fit them."""
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, parameter in rule.named_parameters():
            if name.endswith("weight"):
                parameter.normal_(std=float(torch.rand(())) + 0.01)
            elif name.endswith("readout.bias"):
                parameter.normal_(std=20)
            elif name.endswith("beta"):
                parameter.normal_(std=0.7)
            elif name.endswith("theta"):
                parameter.uniform_(-0.2, 3)


def both(recipe, seed: int, samples: int = 40) -> tuple[dict, NetworkTrace, Network]:
    generator = torch.Generator().manual_seed(seed)
    shape = (samples, recipe.ticks, recipe.layers[0])
    spikes = (torch.rand(shape, generator=generator) < 0.3).float()
    torch.manual_seed(seed)
    rule = build_rule(recipe)
    scramble(rule, seed)
    rule.calibrate((torch.rand(shape, generator=generator) < 0.3).float())
    network = build_network(recipe, rule, (recipe.layers[0],))
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


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("decay", [0, 1, 3, 7])
@pytest.mark.parametrize("weights", ["ternary", "int6"])
def test_stbp(make_recipe, seed, decay, weights):
    rule = {
        "name": "stbp",
        "weights": weights,
        "readout_weights": "int8" if seed % 2 else "ternary",
        "decay": decay,
        "readout_decay": decay // 2,
    }
    recipe = make_recipe("stbp", topology="40-30-20-6", ticks=9, rule=rule)
    traces, expected, network = both(recipe, seed)
    assert_equal(traces, expected)
    assert_alive(traces)
    assert (network["hidden1"].threshold >= 1).all()
    assert (expected.potentials["hidden1"] < 0).any(), "negative values test the floor"


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
