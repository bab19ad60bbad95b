"""Desire backpropagation against the paper's equations and the engine, written out in loops."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from learning_engine import Engine

from algo.integer_network import build_network
from algo.layers import spike_traces
from algo.layers.fixed_point import FixedPointLinear
from algo.rules.desire import lfsr
from algo.rules.desire.base import Lesson
from algo.run import build_rule
from algo.train import train
from mapper.errors import InputError
from mapper.run import run_network

RATE = {"name": "rate_if", "maximum": 16}
SIZES = st.lists(st.integers(1, 9), min_size=2, max_size=4).map(lambda n: "-".join(map(str, n)))


def recipe_of(make_recipe, topology="64-30-20-10", ticks=8, **options):
    rule = {"name": "desire"} | options
    return make_recipe(topology=topology, ticks=ticks, encoding=RATE, rule=rule)


def batch_of(recipe, samples: int, seed: int, density: float = 0.5):
    generator = torch.Generator().manual_seed(seed)
    inputs, classes = recipe.layers.input_shape[0], recipe.layers.output_shape[0]
    spikes = torch.rand((samples, recipe.ticks, inputs), generator=generator) < density
    return spikes.float(), torch.randint(0, classes, (samples,), generator=generator)


def leaked(p: np.ndarray, decay: str) -> np.ndarray:
    return np.zeros_like(p) if decay == "none" else np.floor(p / 2 ** int(decay[-1]))


def by_the_equations(rule, spikes, labels, masks, options) -> list[np.ndarray]:
    """Sum of equation 4 for eta = 1 over a batch, in the units of the synapses' integers."""
    weights, scales = zip(
        *(layer.linear.quantized() for layer in rule.layers.values()), strict=True
    )
    weights = [w.detach().double().numpy() for w in weights]
    full, steps = max(spikes.shape[1] - options.margin, 1), [np.zeros_like(w) for w in weights]
    for b, x in enumerate(spikes.double().numpy()):
        s = [x]
        for i, w in enumerate(weights):  # equations 1 and 16, decay -> integrate -> fire -> reset
            kept = 1 - options.dropout if i else 1.0
            theta, p, fired = math.ceil(kept / float(scales[i])), np.zeros(len(w)), []
            mask = masks[i + 1][b].numpy() if i + 1 < len(masks) else np.ones(len(w))
            for now in s[-1]:
                p = p - leaked(p, options.decay) + w @ now
                fired.append((p >= theta) * mask)
                p = p - theta * (p >= theta)
            s.append(np.array(fired))
        counts = [np.minimum(fired.sum(axis=0), full) / full for fired in s]
        target = np.arange(len(weights[-1])) == int(labels[b])
        e = counts[-1] - target  # equation 5
        d = [-np.sign(e) * (np.abs(e) > options.output_threshold)]  # equation 11
        for i in range(len(weights) - 1, 0, -1):
            e = (counts[i + 1] - (d[0] + 1) / 2) * (d[0] != 0)  # equation 14
            below = (weights[i] * float(scales[i])).T @ e
            d.insert(0, -np.sign(below) * (np.abs(below) > options.hidden_threshold))
            d[0] *= masks[i][b].numpy()
        for i, step in enumerate(steps):
            r = np.zeros(step.shape[1])
            for before, after in zip(s[i], s[i + 1], strict=True):
                r = (1 - 2**-options.trace_shift) * r + before  # equation 3
                step += np.outer(d[i] * after, r)  # equation 4
    return steps


@settings(max_examples=25, deadline=None)
@given(
    SIZES, st.integers(0, 3), st.sampled_from([0.0, 0.5]), st.integers(0, 3), st.integers(0, 999)
)
def test_float_updates_are_the_equations(make_recipe, topology, decay, dropout, margin, seed):
    """Exactly: 8 ticks of traces that halve have a few bits only."""
    recipe = recipe_of(
        make_recipe,
        topology,
        decay=f"shift {decay}" if decay else "none",
        trace_shift=1,
        dropout=dropout,
        margin=margin,
        output_threshold=0.25,
    )
    torch.manual_seed(seed)
    rule = build_rule(recipe)
    spikes, labels = batch_of(recipe, 6, seed)
    torch.manual_seed(seed)
    masks = rule._masks(6)
    expected = by_the_equations(rule, spikes, labels, masks, recipe.rule)
    before = [layer.linear.weight.detach().clone() for layer in rule.layers.values()]
    torch.manual_seed(seed)
    rule.update(spikes, labels, rule.optimizer(0.25))
    for layer, old, step in zip(rule.layers.values(), before, expected, strict=True):
        assert torch.equal(layer.linear.weight.grad, torch.from_numpy(-step).float())
        assert torch.equal(layer.linear.weight, old + 0.25 * torch.from_numpy(step).float())


@pytest.mark.parametrize("seed", range(3))
def test_centered_traces(make_recipe, seed):
    """Less their mean over the samples that have a desire, tick by tick."""
    torch.manual_seed(seed)
    inputs, fired = (torch.rand(6, 5, 7) < 0.4).float(), (torch.rand(6, 5, 3) < 0.6).float()
    desires = torch.randint(-1, 2, (6, 3)).float()
    desires[2] = 0
    r = spike_traces(inputs, 2).double().numpy()
    mean = r[desires.any(dim=1).numpy()].mean(axis=0)
    expected = np.zeros((3, 7))
    for b, t in np.ndindex(6, 5):
        expected += np.outer((desires[b] * fired[b, t]).numpy(), r[b, t] - mean[t])
    rule = build_rule(recipe_of(make_recipe, "7-3", centered=True))
    rule._learn([Lesson(inputs, fired, desires)], rule.optimizer(0.1))
    np.testing.assert_allclose(-rule.layers["classes"].linear.weight.grad, expected, atol=1e-5)
    rule._learn([Lesson(inputs, fired, 0 * desires)], rule.optimizer(0.1))
    assert torch.equal(rule.layers["classes"].linear.weight.grad, torch.zeros(3, 7))


@st.composite
def engine_options(draw) -> dict:
    bits = {"weights": draw(st.sampled_from(["ternary", "int3", "int6"]))}
    theta = draw(st.integers(1, 4 if bits["weights"] == "ternary" else 40))
    return bits | {
        "theta": theta,
        "fraction": draw(st.integers(0, 12)),
        "decay": draw(st.sampled_from(["none", "shift 1", "shift 3"])),
        "trace_shift": draw(st.integers(1, 4)),
        "trace_unit": draw(st.integers(1, 20)),
        "output_threshold": draw(st.integers(0, 4)),
        "hidden_threshold": draw(st.integers(0, 2 * theta)),
        "margin": draw(st.integers(0, 9)),
        "dropout": draw(st.sampled_from([0.0, 0.3])),
        "centered": draw(st.booleans()),
    }


def engine_of(rule) -> Engine:
    o = rule.options
    stored = [layer.linear.weight.int().tolist() for layer in rule.layers.values()]
    return Engine(
        stored,
        high={"ternary": 1, "int3": 3, "int6": 31}[o.weights],
        fraction=o.fraction,
        theta=o.theta,
        decay=int(o.decay.removeprefix("shift ").replace("none", "0")),
        trace_shift=o.trace_shift,
        trace_unit=o.trace_unit,
        output_threshold=o.output_threshold,
        hidden_threshold=o.hidden_threshold,
        margin=o.margin,
        dropped=int(o.dropout * 65536),
        centered=o.centered,
        lfsr=int(rule.lfsr),
    )


@settings(max_examples=40, deadline=None)
@given(SIZES, engine_options(), st.integers(0, 3), st.integers(0, 999))
def test_integer_rule_is_the_engine(make_recipe, topology, options, rate_shift, seed):
    """Stored weights, synapses and shift register after each of three batches."""
    recipe = recipe_of(make_recipe, topology, name="desire_integer", **options)
    torch.manual_seed(seed)
    rule = build_rule(recipe)
    engine = engine_of(rule)
    eta = 2**rate_shift * rule.options.trace_unit / (rule.options.theta << rule.options.fraction)
    optimizer = rule.optimizer(eta)
    for batch in range(3):
        spikes, labels = batch_of(recipe, 5, seed + batch)
        rule.update(spikes, labels, optimizer)
        engine.batch(spikes.int().tolist(), labels.tolist(), rate_shift)
        for layer, stored, synapses in zip(
            rule.layers.values(), engine.stored, engine.synapses, strict=True
        ):
            assert layer.linear.weight.tolist() == stored
            assert layer.linear.quantized().integers.tolist() == synapses
        assert int(rule.lfsr) == engine.lfsr


def test_the_engine_does_learn_and_saturate(make_recipe):
    """So that the comparison above means something: weights move, and some to the limit."""
    recipe = recipe_of(
        make_recipe,
        "9-8-7-4",
        name="desire_integer",
        fraction=4,
        theta=20,
        output_threshold=1,
        hidden_threshold=5,
    )
    torch.manual_seed(1)
    rule = build_rule(recipe)
    before = [layer.linear.weight.detach().clone() for layer in rule.layers.values()]
    for seed in range(20):
        spikes, labels = batch_of(recipe, 9, seed)
        rule.update(spikes, labels, rule.optimizer(0.2))
    for layer, old in zip(rule.layers.values(), before, strict=True):
        assert not torch.equal(layer.linear.weight, old)
    limits = [layer.linear.weight.abs() == layer.linear.limit for layer in rule.layers.values()]
    assert any(bool(hit.any()) for hit in limits) and not all(bool(hit.all()) for hit in limits)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("weights", ["ternary", "int6"])
def test_integer_rule_exports_exactly(make_recipe, weights, seed):
    """Every spike and potential; quantized and not quantized differ."""
    theta = 64 if weights == "int6" else 2
    recipe = recipe_of(
        make_recipe, "40-30-20-6", name="desire_integer", weights=weights, theta=theta
    )
    torch.manual_seed(seed)
    rule = build_rule(recipe)
    spikes, _ = batch_of(recipe, 30, seed)
    traces = rule.run(spikes)
    network = build_network(recipe, rule, (40,))
    assert network.decision == "spikes" and network["classes"].threshold.tolist() == [theta] * 6
    expected = run_network(network, spikes.numpy().astype(np.uint8))
    for name, trace in traces.items():
        assert (trace.spikes.numpy() == expected.spikes[name]).all()
        assert (trace.potentials.numpy() == expected.potentials[name]).all()
        assert 0.005 < float(trace.spikes.mean()) < 0.98
    floats = rule.run(spikes, quantized=False)["classes"].potentials
    assert not torch.equal(floats, trace.potentials)


def test_shift_register_visits_all_states():
    numbers, state = lfsr.draw(77, 65_535)
    assert state == 77 and sorted(numbers.tolist()) == list(range(1, 65_536))
    assert lfsr.draw(5, 0)[1] == 5
    clocked = 1
    for _ in range(32):
        clocked = lfsr.step(clocked)
    assert lfsr.draw(1, 2)[1] == clocked
    assert torch.equal(
        torch.cat([lfsr.draw(9, 3)[0], lfsr.draw(lfsr.draw(9, 3)[1], 4)[0]]), lfsr.draw(9, 7)[0]
    )


def test_stored_weights_round_half_up_and_saturate():
    layer = FixedPointLinear((5,), 1, "int3", fraction=2, one=4)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[-2.0, -3, 1, 2, 5]]))
    assert layer.quantized().integers.tolist() == [[0, -1, 0, 1, 1]]
    layer.add(torch.tensor([[0.0, -9, 0, 10, 100]]))
    assert layer.weight.tolist() == [[-2, -12, 1, 12, 12]]
    assert layer.quantized().integers.tolist() == [[0, -3, 0, 3, 3]]


@pytest.mark.parametrize(
    ("rate", "shift"), [(1e-9, 0), (2**-16, 0), (2**-15, 1), (1.3 * 2**-15, 1), (0, 0), (1.0, 16)]
)
def test_learning_rate_is_a_shift(make_recipe, rate, shift):
    rule = build_rule(recipe_of(make_recipe, "4-3", name="desire_integer"))
    assert rule.rate_shift(rate) == shift


def test_batch_too_large_for_exact_sums(make_recipe):
    recipe = recipe_of(make_recipe, "4-3", name="desire_integer", fraction=18)
    rule = build_rule(recipe)
    with pytest.raises(InputError, match=r"100 samples of 8 ticks .* lower training.batch or"):
        rule.update(*batch_of(recipe, 100, 0), rule.optimizer(0.01))


@pytest.mark.parametrize("name", ["desire", "desire_integer"])
def test_only_fully_connected_layers(make_recipe, name):
    with pytest.raises(InputError, match=f"rule {name} trains fully connected layers, not 4C3"):
        recipe_of(make_recipe, "8x8-4C3-10", name=name)


@pytest.mark.parametrize("name", ["desire", "desire_integer"])
def test_learns_the_digits(make_recipe, tmp_path, name):
    rule = {"name": name, "dropout": 0.0, "decay": "none", "margin": 1}
    if name == "desire_integer":
        rule |= {"output_threshold": 2, "hidden_threshold": 28}
    training = {"epochs": 3, "batch": 16, "learning_rate": 2e-4}
    recipe = make_recipe(topology="64-60-10", ticks=10, encoding=RATE, rule=rule, training=training)
    assert train(recipe, tmp_path, progress=False).validation_accuracy > 0.8
