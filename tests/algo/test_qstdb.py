"""Q-STDB: stages of a run, the conversion, gradients against the paper's equations."""

import json
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from algo.checkpoint import load_tensors
from algo.layers import ConvertedLayer, QuantizedConv, QuantizedLinear, Values
from algo.layers.converted import MIN_THETA
from algo.rules.qstdb import Qstdb
from algo.run import Run, build_rule
from algo.train import train
from mapper.errors import InputError
from mapper.semantics import Decay, DecayKind

PIXELS = {"name": "pixels"}
RULE = {"name": "qstdb", "relu_epochs": 2}


@pytest.fixture(scope="module")
def recipe_of(make_recipe):
    """A function: a small recipe with changes of [rule] and of all else."""

    def make(rule=(), **changes):
        usual = {"topology": "8x8-3C3-12-10", "ticks": 3, "encoding": PIXELS}
        training = {"epochs": 2, "calibration": 200} | changes.pop("training", {})
        return make_recipe(training=training, **usual | changes, rule=RULE | dict(rule))

    return make


@pytest.mark.parametrize(("rule", "changes", "message"), [
    ({}, {"encoding": {"name": "rate_if", "maximum": 16}}, 'needs encoding "pixels"'),
    ({}, {"topology": "64-10"}, "needs a hidden layer"),
    ({}, {"topology": "64-10R-10"}, "cannot train the recurrent layer 10R"),
    ({"weights": "int8"}, {"topology": "30x30-9C24-10"},
     "rule.weights: sums of layer 9C24 reach 18653760, training is exact below 16777216"),
    ({"weights": "ternary"}, {}, "rule.weights: should be 'int3', 'int4'"),
    ({"training": "float"}, {}, "rule.training: should be 'affine', 'scale' or 'none'"),
    ({"relu_epochs": -1}, {}, "rule.relu_epochs: should be greater than or equal to 0"),
])  # fmt: skip
def test_bad_recipes(recipe_of, rule, changes, message):
    with pytest.raises(InputError, match=message):
        recipe_of(rule, **changes)


def history(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_stages_have_their_own_schedules_and_best_epochs(recipe_of, tmp_path, monkeypatch):
    """ReLU epochs come first, with their learning rate; the best of them is converted."""
    recipe = recipe_of({"relu_learning_rate": 0.004, "relu_epochs": 3}, training={
        "learning_rate": 0.002, "batch": 512, "epochs": 2})  # fmt: skip
    rates, weights, converted, adams = [], [], [], []
    update, save = Run._set_learning_rate, Run._save
    accuracies = iter([0.7, 0.9, 0.8, 0.5, 0.4])
    monkeypatch.setattr("algo.run.accuracy", lambda *_: next(accuracies))

    def watched(run, steps):
        update(run, steps)
        rates.append(run.optimizer.param_groups[0]["lr"])

    def saved(run):
        save(run)
        states = run.optimizer.state_dict()["state"].values()
        adams.append(max(int(state["step"]) for state in states))
        weights.append(run.rule.hidden["hidden1"].linear.weight.detach().clone())

    def seen(rule, stage, inputs):
        converted.append((stage, rule.hidden["hidden1"].linear.weight.detach().clone(), len(rates)))
        enter(rule, stage, inputs)

    enter = Qstdb.enter
    monkeypatch.setattr(Run, "_set_learning_rate", watched)
    monkeypatch.setattr(Run, "_save", saved)
    monkeypatch.setattr(Qstdb, "enter", seen)
    result = train(recipe, tmp_path, progress=False)
    assert (result.epochs, result.best_epoch) == (5, 4)
    entries = history(tmp_path)
    assert [e["epoch"] for e in entries] == [1, 2, 3, 4, 5]
    assert [bool(e["silent_neurons"]) for e in entries] == [False] * 3 + [True] * 2
    steps = len(rates) // 5
    expected = [0.002 * (1 + math.cos(math.pi * i / (3 * steps))) for i in range(3 * steps)]
    expected += [0.001 * (1 + math.cos(math.pi * i / (2 * steps))) for i in range(2 * steps)]
    assert rates == pytest.approx(expected)
    assert adams == [steps, 2 * steps, 3 * steps, steps, 2 * steps], "a fresh optimizer"
    ((stage, weight, after),) = converted
    assert (stage, after) == ("spiking", 3 * steps)
    assert torch.equal(weight, weights[1]) and not torch.equal(weight, weights[2])
    tensors, _ = load_tensors(tmp_path / "model.safetensors")
    assert bool(tensors["spiking"])


@pytest.mark.parametrize("at", [1, 2, 3])
def test_interrupted_run_ends_with_the_same_weights(recipe_of, tmp_path, monkeypatch, at):
    """In the first stage, between the stages, in the second."""
    recipe, saves, save = recipe_of(), [], Run._save

    def stop(run):
        save(run)
        saves.append(run.epochs_done)
        if len(saves) == at:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Run, "_save", stop)
        with pytest.raises(KeyboardInterrupt):
            train(recipe, tmp_path / "killed", progress=False)
    assert train(recipe, tmp_path / "killed", progress=False).resumed_at == at
    train(recipe, tmp_path / "whole", progress=False)
    killed, whole = ((tmp_path / d / "model.safetensors").read_bytes() for d in ("killed", "whole"))
    assert killed == whole


def test_patience_counts_in_the_last_stage_only(recipe_of, tmp_path, monkeypatch):
    falling = iter([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3])
    monkeypatch.setattr("algo.run.accuracy", lambda *_: next(falling))
    recipe = recipe_of({"relu_epochs": 4}, training={"epochs": 9, "patience": 2})
    result = train(recipe, tmp_path, progress=False)
    assert (result.epochs, result.best_epoch) == (7, 5)


def test_without_relu_epochs_it_converts_at_once(recipe_of, tmp_path):
    train(recipe_of({"relu_epochs": 0}, training={"epochs": 1}), tmp_path, progress=False)
    assert len(history(tmp_path)) == 1
    assert bool(load_tensors(tmp_path / "model.safetensors")[0]["spiking"])


def images(shape: tuple[int, ...], samples: int, ticks: int, seed: int = 0) -> torch.Tensor:
    """Values (samples, ticks, n), the same at every tick."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.randint(0, 256, (samples, 1, math.prod(shape)), generator=generator)
    return values.repeat(1, ticks, 1).float()


@pytest.mark.parametrize("factor", [1.0, 0.8])
def test_conversion_takes_percentiles_of_sums(factor):
    """Of all neurons and samples; values are meant as (x - zero) / unit; no leak."""
    torch.manual_seed(0)
    layer = ConvertedLayer(QuantizedLinear((40,), 30, "int6"), "affine", 0.3, Values(128, 32))
    x = images((40,), 50, 20)
    layer.convert(x, 99.7, factor)
    sums = ((x - 128) / 32) @ layer.linear.weight.detach().t()
    level = factor * np.percentile(sums.numpy(), 99.7)
    assert float(layer.theta.detach()) == pytest.approx(level, rel=1e-5)
    assert layer.leak.decay == Decay(DecayKind.NONE)
    layer.linear.weight.data.zero_()
    layer.convert(x, 99.7, factor)
    assert float(layer.theta.detach()) == pytest.approx(MIN_THETA)


def test_conversion_of_a_network(recipe_of):
    """By the first 50 images alone, over 100 ticks; 0.8 in the first layer only."""
    thetas = []
    for count in (50, 80):
        torch.manual_seed(0)
        rule = build_rule(recipe_of({"zero": 100, "unit": 40}, topology="8x8-3C3-12-10"))
        rule.enter("spiking", images((8, 8), 80, 3)[:count])
        thetas.append([layer.theta.item() for layer in rule.hidden.values()])
    assert thetas[0] == thetas[1]
    first, second = rule.hidden.values()
    x = images((8, 8), 80, 3)[:50, :1].expand(-1, 100, -1)
    sums = functional.conv2d(
        (x[:, 0].reshape(50, 1, 8, 8) - 100) / 40, first.linear.weight.detach()
    )
    level = np.percentile(sums.flatten(1)[:, None].expand(-1, 100, -1).numpy(), 99.7)
    assert thetas[0][0] == pytest.approx(0.8 * level, rel=1e-4)
    v, spikes = torch.zeros(50, 108), []
    for _ in range(100):
        v = v + sums.flatten(1)
        spikes.append((v >= first.theta.detach()).float())
        v = v - first.theta.detach() * spikes[-1]
    sums = torch.stack(spikes, 1) @ second.linear.weight.detach().t()
    assert thetas[0][1] == pytest.approx(np.percentile(sums.numpy(), 99.7), rel=1e-3)


def test_converted_neurons_fire_at_the_rate_of_their_relu(recipe_of):
    """The reason for the conversion: theta x rate = activation, within one spike, below theta."""
    rule = build_rule(recipe_of())
    x = images((8, 8), 60, 400, seed=3)
    rule.convert(x)
    first = rule.hidden["hidden1"]
    theta = float(first.theta.detach())
    activation = first.activate(x)[:, 0].detach().clamp(max=theta)
    rate = first.run(x, quantized=False).spikes.mean(dim=1) * theta
    assert (activation - rate).abs().max() <= theta / 400 * 1.01
    assert 0.1 < float((activation > 0).float().mean()) < 0.9


def test_scores_vary_after_the_conversion_as_before(recipe_of):
    rule = build_rule(recipe_of(ticks=40))
    x, labels = images((8, 8), 50, 40), torch.zeros(50, dtype=torch.int64)
    _, before, _ = rule.loss(x, labels)
    rule.enter("spiking", x)
    _, after, _ = rule.loss(x, labels)
    assert after.std().item() == pytest.approx(before.std().item(), rel=0.05)


def network_loss(rule, x, labels, gamma):
    """Equations 2, 3, 15, 16 and 21 as they stand, in floats, for autograd."""

    class Fire(torch.autograd.Function):
        @staticmethod
        def forward(ctx, z):
            ctx.save_for_backward(z)
            return (z > 0).to(z.dtype)

        @staticmethod
        def backward(ctx, g):
            (z,) = ctx.saved_tensors
            return g * gamma * (1 - z.abs()).clamp(min=0)

    layers = list(rule.hidden.values())
    u = [0] * len(layers)
    output = 0
    for tick in range(x.shape[1]):
        o = (x[:, tick] - 128) / 32
        for i, layer in enumerate(layers):
            u[i] = layer.leak.factor * u[i] + o @ layer.linear.weight.t()
            o = Fire.apply(u[i] / layer.theta - 1)
            u[i] = u[i] - layer.theta * o
        output = output + o @ rule.last.linear.weight.t()
    return functional.cross_entropy(output * rule.last.log_gain.exp(), labels)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 6), st.sampled_from([0.3, 1.0]))
def test_gradients_are_those_of_the_equations(recipe_of, seed, ticks, gamma):
    """All parameters of two hidden layers, through space and time, in float64."""
    torch.manual_seed(seed)
    rule = build_rule(recipe_of({"training": "none", "zero": 128, "unit": 32, "gamma": gamma},
                                topology="9-7-6-4", ticks=ticks))  # fmt: skip
    rule.enter("spiking", images((9,), 30, ticks, seed))
    rule.double()
    for layer in rule.hidden.values():
        layer.leak.factor.data.uniform_(0.3, 1)
    x, labels = images((9,), 20, ticks, seed + 1).double(), torch.randint(0, 4, (20,))
    loss, _, _ = rule.loss(x, labels)
    expected = network_loss(rule, x, labels, gamma)
    assert float(loss.detach()) == pytest.approx(float(expected.detach()), rel=1e-9)
    names, parameters = zip(
        *((n, p) for n, p in rule.named_parameters() if p.requires_grad), strict=True
    )
    assert len(names) == 3 + 2 + 2 + 1
    found = torch.autograd.grad(loss, parameters, allow_unused=True)
    wanted = torch.autograd.grad(expected, parameters, allow_unused=True)
    for name, a, b in zip(names, found, wanted, strict=True):
        a, b = (torch.zeros(()) if g is None else g for g in (a, b))
        assert torch.allclose(a, b.expand_as(a), rtol=1e-7, atol=1e-9), f"{name} {seed=}"


def test_relu_gradient_matches_finite_differences(recipe_of):
    torch.manual_seed(1)
    rule = build_rule(recipe_of(topology="5x4x3x2-3C2-6-4")).double()
    x, labels = images((120,), 6, 1).double(), torch.tensor([0, 1, 2, 3, 0, 1])
    weights = [p for name, p in rule.named_parameters() if name.endswith("weight")]

    def loss(*_):
        return rule.loss(x, labels)[0]

    assert torch.autograd.gradcheck(loss, weights, eps=1e-7, atol=1e-6)


def test_training_pass_computes_with_affine_integers():
    """On asymmetric weights the affine steps are finer than those of inference."""
    torch.manual_seed(0)
    layer = ConvertedLayer(QuantizedConv((1, 4, 4), 3, (2, 2), (1, 1), (0, 0), "int4"),
                           "affine", 0.3, Values(0, 255))  # fmt: skip
    with torch.no_grad():
        layer.linear.weight.uniform_(-0.2, 1)
        layer.theta.fill_(1.5)
    x = images((16,), 40, 5)
    weight = layer.linear.weight.detach()
    step = (weight.max() - weight.min()) / 15  # 2^4 - 1
    integers = torch.round(weight / step)
    assert integers.max() > 7, "beyond what int4 holds"
    v, fired = torch.zeros(40, 27), []
    sums = functional.conv2d(x[:, 0].reshape(-1, 1, 4, 4), integers).reshape(40, 27)
    threshold = math.ceil(1.5 * 255 / float(step))
    for _ in range(5):
        v = v + sums
        expected = (v >= threshold).float()
        v = v - threshold * expected
        fired.append(expected)
    layer.leak.factor.data.fill_(1.0)
    assert torch.equal(layer(x), torch.stack(fired, 1))
    assert not torch.equal(layer(x), layer.run(x).spikes)
