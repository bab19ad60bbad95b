"""Early exit: against a slow, literal count; and in the record of an export."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algo.early_exit import EarlyExit, early_exit
from algo.export import export
from algo.train import train
from mapper.network import Network
from mapper.run import NetworkTrace

RULE = {"name": "stdbp", "drive": 2.0}


def literally(network: Network, trace: NetworkTrace, sample: int) -> tuple[int, bool, int, int]:
    """Tick of the decision, whether nothing fires, hidden neurons fired by then, and ever."""
    out = trace.spikes[network.output][sample]
    ticks = [t for t in range(network.ticks) if out[t].any()]
    decided = ticks[0] if ticks else network.ticks - 1
    fired = ever = 0
    for name, spikes in trace.spikes.items():
        if name != network.output:
            for train_of_neuron in spikes[sample].T:
                fired += bool(train_of_neuron[: decided + 1].any())
                ever += bool(train_of_neuron.any())
    return decided, not ticks, fired, ever


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.02, 0.2, 0.7]))
def test_counts(make_network, seed, density):
    rng = np.random.default_rng(seed)
    network = make_network(seed, output="threshold")
    shapes = {p.name: (6, network.ticks, p.n) for p in network.populations}
    trace = NetworkTrace({name: rng.random(shape) < density for name, shape in shapes.items()})
    found = EarlyExit.of(network, trace)
    hidden = max(1, sum(p.n for p in network.populations if p.name != network.output))
    for sample in range(6):
        tick, silent, fired, ever = literally(network, trace, sample)
        assert (found.tick[sample], found.silent[sample]) == (tick, silent)
        assert (found.fired[sample], found.ever[sample]) == (fired / hidden, ever / hidden)
    early = sum(literally(network, trace, s)[0] < network.ticks - 1 for s in range(6))
    assert found.summary(network.ticks)["decided_early"] == early / 6


@pytest.mark.parametrize("weights", ["int6", "ternary"])
def test_record_of_an_export(make_recipe, tmp_path, weights):
    rule = RULE | {"weights": weights, "output_weights": weights}
    encoding = {"name": "latency", "maximum": 16}
    recipe = make_recipe(ticks=8, rule=rule, encoding=encoding, training={"epochs": 6})
    train(recipe, tmp_path, progress=False)
    network, record = export(tmp_path)
    assert network.decision == "first_spike" and record["accuracy"]["integer"] > 0.8
    found = record["early_exit"]
    assert 0 < found["decision_tick"] <= 7 and found["decision_tick_std"] > 0
    assert 0 < found["hidden_fired"] <= found["hidden_fired_ever"] < 1
    assert network.record["early_exit"] == found


def test_images_in_parts_are_the_same(make_network, monkeypatch):
    network = make_network(3, output="threshold")
    network = dataclasses.replace(network, encoding={"name": "latency", "maximum": 255})
    images = np.random.default_rng(0).integers(0, 256, (11, network.n_inputs)).astype(np.uint8)
    whole = early_exit(network, images)
    monkeypatch.setattr("algo.early_exit.CHUNK", 4)
    assert early_exit(network, images) == pytest.approx(whole, rel=1e-12)
