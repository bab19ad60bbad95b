"""SSTDP: updates against the paper's equations, synapse by synapse; expected times."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from algo.layers import SingleSpikeLayer, spikes_of_ticks
from algo.rules.sstdp import NEAREST
from algo.rules.sstdp_errors import expected_times, potential_errors
from algo.run import Run, build_rule

T = 7
LATENCY = {"name": "latency", "maximum": 255}


def fires_at(inputs: list[int], weights: list[float], threshold: float) -> int:
    """Equations 1-3: the first tick at which the weights of inputs so far reach the threshold."""
    for tick in range(T):
        v = sum(w for t, w in zip(inputs, weights, strict=True) if t <= tick)
        if v >= threshold:
            return tick
    return T


def potentials(inputs: list[int], weights: list[float]) -> list[float]:
    """Of all ticks."""
    return [sum(w for t, w in zip(inputs, weights, strict=True) if t <= k) for k in range(T)]


def equation_5(fired: list[int], label: int, gap: float) -> list[float]:
    n, mean = len(fired), sum(fired) / len(fired)
    return [
        max(0.0, min(t, mean - (n - 1) / n * gap)) if j == label else min(T, max(t, mean + gap / n))
        for j, t in enumerate(fired)
    ]


def equation_9(post: int, pre: int, weight: float, o) -> float:
    if pre == T:
        return 0.0
    strength = o.potentiation if post >= pre else o.depression
    distance = max(o.w_max - weight, NEAREST)
    return strength * (math.exp(-abs(post - pre) / o.tau) - o.delta) * distance**o.mu


def equation_11(post: int, pre: int, weight: float, o) -> float:
    if pre > post:
        return 0.0
    return weight * (o.recruitment if pre == T else 1.0)


def likelihood_errors(potentials: list[float], label: int, o) -> list[float]:
    """The likelihood that an output is in time, minus 1 for the target, 0 for others."""
    return [
        1 / (1 + math.exp(-o.gain * (v - o.half))) - (j == label) for j, v in enumerate(potentials)
    ]


def naive_gradients(rule, inputs, labels) -> list[torch.Tensor]:
    """Algorithm 1 for one synapse of one sample after another; mean over the samples."""
    o, by_times = rule.options, rule.options.errors == "times"
    layers = list(rule.layers.values())
    used = [(q.integers * q.scale).tolist() for q in (p.linear.quantized() for p in layers)]
    floats = [part.linear.weight.tolist() for part in layers]
    # Firing compares integers, so that rounding decides nothing.
    whole = [part.linear.quantized().integers.tolist() for part in layers]
    thresholds = [part.threshold() for part in layers]
    gradients = [torch.zeros_like(part.linear.weight) for part in layers]
    for x, label in zip(inputs.tolist(), labels.tolist(), strict=True):
        times = [x]
        for rows, threshold in zip(whole, thresholds, strict=True):
            times.append([fires_at(times[-1], row, threshold) for row in rows])
        if by_times:
            goal = equation_5(times[-1], label, o.gap)
            errors = [g - t for g, t in zip(goal, times[-1], strict=True)]
        else:
            last = [
                sum(w for t, w in zip(times[-2], row, strict=True) if t < T) for row in used[-1]
            ]
            errors = likelihood_errors(last, label, o)
            times[-1] = [T] * len(last)
        for index in reversed(range(len(layers))):
            pre, post, back = times[index], times[index + 1], [0.0] * len(times[index])
            heard = post
            if not by_times and index + 1 < len(layers):
                curves = [potentials(pre, row) for row in whole[index]]
                heard = [
                    curve.index(max(curve)) if t == T else t
                    for t, curve in zip(post, curves, strict=True)
                ]
            for j, i in [(j, i) for j in range(len(post)) for i in range(len(pre))]:
                change = errors[j] * equation_9(heard[j], pre[i], floats[index][j][i], o)
                gradients[index][j, i] += change / len(inputs)
                back[i] += errors[j] * equation_11(post[j], pre[i], used[index][j][i], o)
            errors = [
                0.0 if by_times and ((t == 0 and e < 0) or (t == T and e > 0)) else e
                for t, e in zip(pre, back, strict=True)
            ]
            if index:  # only neurons near their threshold
                threshold = thresholds[index - 1]
                tops = [max(potentials(times[index - 1], row)) for row in whole[index - 1]]
                errors = [
                    e if abs(top - threshold) < o.gate * threshold else 0.0
                    for e, top in zip(errors, tops, strict=True)
                ]
    return gradients


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(["6-8-3", "5-7-6-4", "4-3"]),
    st.sampled_from(["ternary", "int6"]),
    st.sampled_from(["times", "potentials"]),
    st.floats(0.1, 1.0),
    st.sampled_from([(0.0, 0.0), (0.7, 0.2)]),
    st.sampled_from([0.4, 1.0, 1000.0]),
    st.integers(0, 10_000),
)
def test_update_is_algorithm_1(make_recipe, topology, weights, errors, theta, other, gate, seed):
    depression, delta = other
    options = {
        "name": "sstdp", "weights": weights, "theta": theta, "output_theta": theta, "gap": 2.5,
        "depression": depression, "delta": delta, "mu": 0.3, "tau": 3.0, "w_max": 1.5,
        "recruitment": 0.25, "gate": gate, "drive": 0.3, "errors": errors, "half": 0.6, "gain": 2.0,
    }  # fmt: skip
    recipe = make_recipe(topology=topology, ticks=T, rule=options, encoding=LATENCY)
    torch.manual_seed(seed)
    rule = build_rule(recipe).double()
    n_in, classes = recipe.layers.input_shape[0], recipe.layers.output_shape[0]
    inputs = torch.randint(0, T + 1, (5, n_in))
    labels = torch.randint(0, classes, (5,))
    expected = naive_gradients(rule, inputs, labels)
    optimizer = torch.optim.SGD(rule.parameters(), lr=0.0)
    rule.update(spikes_of_ticks(inputs, T).double(), labels, optimizer)
    for weight, gradient in zip(rule.parameters(), expected, strict=True):
        torch.testing.assert_close(weight.grad, gradient, rtol=1e-12, atol=1e-13)


@given(st.lists(st.integers(0, T), min_size=2, max_size=12), st.floats(0.1, 20), st.data())
def test_expected_times_are_equation_5(fired, gap, data):
    label = data.draw(st.integers(0, len(fired) - 1))
    times = torch.tensor([fired]).double()
    got = expected_times(times, torch.tensor([label]), gap, T)[0]
    assert got.tolist() == pytest.approx(equation_5(fired, label, gap), abs=1e-12)
    assert (got >= 0).all() and (got <= T).all()
    assert got[label] <= fired[label]
    others = torch.arange(len(fired)) != label
    assert (got >= times[0])[others].all()


def test_no_error_when_the_target_leads_by_the_gap():
    fired = torch.tensor([[2.0, 6.0, 6.0, 6.0]])
    assert torch.equal(expected_times(fired, torch.tensor([0]), 4.0, T), fired)
    assert expected_times(fired, torch.tensor([1]), 4.0, T).tolist() == [[6, 2, 6, 6]]


@given(st.lists(st.floats(-3, 3), min_size=2, max_size=12), st.floats(-2, 2), st.floats(0.1, 9))
def test_potential_errors_are_the_gradient_of_their_loss(potentials, half, gain):
    """Up to the gain; later for the others, earlier for the target, never more than 1."""
    v = torch.tensor([potentials, potentials[::-1]]).double().requires_grad_()
    loss, errors = potential_errors(v, torch.tensor([0, 1]), half, gain)
    (gradient,) = torch.autograd.grad(loss, v)
    torch.testing.assert_close(errors / len(v), gradient / gain)
    target = torch.eye(2, len(potentials)).bool()
    assert (
        (errors[target] <= 0).all() and (errors[~target] >= 0).all() and (errors.abs() <= 1).all()
    )


def learned(recipe):
    """(rule, spikes, losses) of 60 updates on one sample, whose class is 2."""
    torch.manual_seed(1)
    built = build_rule(recipe)
    optimizer = built.optimizer(0.01)
    spikes = spikes_of_ticks(torch.randint(0, T + 1, (1, 20)), T)
    losses = [built.update(spikes, torch.tensor([2]), optimizer).loss for _ in range(60)]
    return built, spikes, losses


def test_an_update_brings_the_right_class_forward(make_recipe):
    """The sign convention: after some steps on one sample, its class fires first."""
    rule = {"name": "sstdp", "theta": 0.5, "output_theta": 0.5}
    recipe = make_recipe(topology="20-15-4", ticks=T, rule=rule, encoding=LATENCY)
    built, spikes, losses = learned(recipe)
    assert losses[0] > 0 == losses[-1]
    fired = built.run(spikes)["classes"].spikes.sum(dim=1)[0]
    assert fired[2] == 1 and built.loss(spikes, torch.tensor([2]))[1].argmax() == 2


def test_potential_errors_bring_only_the_right_class_in_time(make_recipe):
    options = {"theta": 0.5, "output_theta": 1.0, "half": 0.7, "drive": 1.0, "recruitment": 0.5}
    rule = {"name": "sstdp", "errors": "potentials", **options}
    recipe = make_recipe(topology="20-15-4", ticks=T, rule=rule, encoding=LATENCY)
    built, spikes, losses = learned(recipe)
    assert losses[-1] < losses[0] / 3
    assert built.run(spikes)["classes"].spikes.sum(dim=1)[0].tolist() == [0, 0, 1, 0]


def test_the_output_learns_at_its_own_rate(make_recipe, tmp_path):
    """Adam's first step moves a weight by the learning rate, or not at all."""
    rule = {"name": "sstdp", "errors": "potentials", "output_rate": 3.0, "w_max": 5.0}
    training = {"epochs": 1, "learning_rate": 0.01, "schedule": "constant"}
    recipe = make_recipe(topology="20-15-4", ticks=T, rule=rule, encoding=LATENCY)
    recipe = recipe.model_copy(update={"training": recipe.training.model_copy(update=training)})
    run = Run(recipe, tmp_path)
    run._set_learning_rate(steps=5)
    before = [w.detach().clone() for w in run.rule.parameters()]
    spikes = spikes_of_ticks(torch.randint(0, T + 1, (9, 20)), T)
    run.rule.update(spikes, torch.randint(0, 4, (9,)), run.optimizer)
    moved = [
        float((w.detach() - old).abs().max())
        for w, old in zip(run.rule.parameters(), before, strict=True)
    ]
    assert moved == pytest.approx([0.01, 0.03], rel=1e-3)


def test_weights_stay_within_w_max(make_recipe):
    rule = {"name": "sstdp", "w_max": 0.05}
    recipe = make_recipe(topology="20-15-4", ticks=T, rule=rule, encoding=LATENCY)
    built = build_rule(recipe)
    spikes = spikes_of_ticks(torch.randint(0, T + 1, (9, 20)), T)
    built.update(spikes, torch.randint(0, 4, (9,)), built.optimizer(0.01))
    assert all(w.detach().abs().max() == torch.tensor(0.05) for w in built.parameters())


def test_first_spike_at_the_threshold_then_nothing():
    layer = SingleSpikeLayer(_map([[1.0, 2.0, -3.0]]), theta=3.0)
    trace = layer.run(spikes_of_ticks(torch.tensor([[0, 2, 3]]), 4))
    assert trace.spikes.flatten().tolist() == [0, 0, 1, 0]
    assert trace.potentials.flatten().tolist() == [1, 1, 3, 3]


def _map(rows):
    from algo.layers import QuantizedLinear

    linear = QuantizedLinear((len(rows[0]),), len(rows), "int3")
    with torch.no_grad():
        linear.weight.copy_(torch.tensor(rows))
    return linear
