"""STDBP: times and gradients against the paper's equations, written out and by differences."""

from unittest import mock

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.nn import functional

from algo.batches import training_batches, training_data
from algo.layers import QuantizedLinear, RelPspLayer, firing_time
from algo.layers.firing_time import LEAST_SLOPE, firing, integrate, spikes_at
from algo.recipe import parse_recipe
from algo.run import Run

T, INPUTS, HIDDEN, OUTPUTS = 12, 9, 7, 4
SEEDS = st.integers(0, 100_000)
UNBOUNDED = mock.patch.object(firing_time, "LEAST_SLOPE", 1e-6)
"""Gradients as the paper has them."""


def single_spikes(batch: int, inputs: int = INPUTS, ticks: int = T) -> torch.Tensor:
    """Each input fires at one random tick or, one in `ticks` + 1, never: double (B, T, inputs)."""
    tick = torch.randint(0, ticks + 1, (batch, 1, inputs))
    return torch.zeros(batch, ticks + 1, inputs).scatter_(1, tick, 1.0)[:, :ticks].double()


def layer(inputs: int, n: int, theta: float) -> RelPspLayer:
    return RelPspLayer(QuantizedLinear((inputs,), n, "int6"), theta, drive=1.5).double()


def times_of(spikes: torch.Tensor) -> torch.Tensor:
    """Tick of each input's spike (B, inputs), T for none."""
    return torch.where(spikes.sum(1) > 0, spikes.argmax(1), spikes.shape[1]).double()


def equation_11(times, weight, theta, tick) -> torch.Tensor:
    """t_j (B, n) of input times (B, inputs), weight (n, inputs), ticks of firing (B, n)."""
    w = weight * (times.ceil()[:, None] <= tick[..., None])
    slope = w.sum(2)
    slope = slope + (slope == 0)  # no input at all: any but 0, for the gradient
    return (theta + (w * times[:, None]).sum(2)) / slope - 1


def by_sorting(times, weight, theta) -> torch.Tensor:
    """The continuous model: t_j where causal sets are found by sorting the inputs; inf for never.

    The first k inputs are the causal set if the time that they make comes before input k + 1,
    which acts from one tick before its own on (see `algo.layers.firing_time`).
    """
    times, order = times.sort(dim=1)
    w = weight[:, order].transpose(0, 1)  # (B, n, inputs)
    slope = w.cumsum(2)
    t = (theta + (w * times[:, None]).cumsum(2)) / slope - 1
    until = torch.cat([times[:, 1:] - 1, torch.full_like(times[:, :1], torch.inf)], 1)
    t = torch.where((slope > 0) & (t <= until[:, None]), t, torch.inf)
    return t.gather(2, (t < torch.inf).int().argmax(2, keepdim=True))[..., 0]


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_time_is_equation_11(seed):
    torch.manual_seed(seed)
    x, dense = single_spikes(8), layer(INPUTS, HIDDEN, theta=5.0)
    weight, theta, scale = dense.linear.weight.detach(), 5.0, dense.linear.quantized().scale
    fired = dense.firing(x, quantized=False)
    on_time = fired.tick < T
    assert on_time.any() and not on_time.all()
    expected = equation_11(times_of(x), weight / scale, theta / scale, fired.tick)
    torch.testing.assert_close(fired.time[on_time], expected[on_time])
    assert torch.equal(fired.tick[on_time], expected[on_time].ceil().clamp(min=0))
    # Spikes that arrive on ticks bend the potential only there: no difference from sorting.
    sorted_times = by_sorting(times_of(x), weight, theta)
    torch.testing.assert_close(fired.time[on_time], sorted_times[on_time])
    assert (sorted_times[~on_time] > T - 1).all()


@UNBOUNDED
@settings(max_examples=30, deadline=None)
@given(SEEDS, st.booleans())
def test_gradients_are_equations_13_and_14(seed, quantized):
    """Through two layers, against autograd of equation 11 with its causal sets fixed."""
    torch.manual_seed(seed)
    x = single_spikes(40)
    layers = layer(INPUTS, HIDDEN, theta=2.0), layer(HIDDEN, OUTPUTS, theta=1.5)
    hidden = layers[0].firing(x, quantized)
    out = layers[1].firing(spikes_at(hidden, T, whole=quantized), quantized)

    maps, theta = [], []
    for part in layers:
        integers, scale = part.linear.quantized()
        maps.append((integers if quantized else part.linear.weight / scale).detach())
        theta.append(part.theta / scale)
    theta = [torch.ceil(t) if quantized else t for t in theta]
    maps = [m.requires_grad_() for m in maps]
    time = equation_11(times_of(x), maps[0], theta[0], hidden.tick)
    fires = hidden.tick < T
    if quantized:  # straight through: the next layer sees the tick
        time = time + (hidden.tick - time).detach()
    time = time.masked_fill(~fires, 2.0 * T)
    expected = equation_11(time, maps[1], theta[1], out.tick)

    # Samples without a hidden spike at tick 0, or between the two ticks around a crossing.
    regular = (hidden.tick > 0).all(1)
    regular &= (hidden.tick[:, :, None] != out.tick[:, None] + 1).all(2).all(1)
    used = regular[:, None] & (out.tick < T)
    assume(used.any())
    torch.testing.assert_close(out.time[used], expected[used])
    g = torch.randn(int(used.sum())).double()
    (out.time[used] * g).sum().backward()
    (expected[used] * g).sum().backward()
    for part, weight in zip(layers, maps, strict=True):
        gradient = part.linear.weight.grad * part.linear.quantized().scale
        torch.testing.assert_close(gradient, weight.grad)


@UNBOUNDED
@settings(max_examples=10, deadline=None)
@given(SEEDS)
def test_gradients_are_finite_differences(seed):
    """The continuous model of two layers, simulated again for each weight's small change."""
    torch.manual_seed(seed)
    x = single_spikes(3, 5)
    weights = [layer(*shape, 1.0).linear.weight for shape in ((5, 4), (4, 3))]
    theta = torch.tensor(2.0).double(), torch.tensor(1.5).double()

    def times(*weights):
        hidden = firing(functional.linear(x, weights[0]), theta[0])
        spikes = spikes_at(hidden, T, whole=False)
        return hidden, firing(functional.linear(spikes, weights[1]), theta[1])

    hidden, out = times(*weights)
    used = (hidden.tick > 0).all(1, keepdim=True) & (out.tick < T)
    assume(used.any())
    assert torch.autograd.gradcheck(lambda *w: times(*w)[1].time[used], weights, fast_mode=True)


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_spike_at_a_real_time_acts_like_one(seed):
    """Its two parts add size (t - time + 1) to the potential of every tick from its own on."""
    torch.manual_seed(seed)
    fired = firing(3 * torch.rand(5, T, 8).double(), torch.tensor(7.0))
    potentials = integrate(spikes_at(fired, T, whole=False), torch.tensor(1e9))
    time = fired.time.clamp(min=0)[:, None]
    expected = (torch.arange(T)[:, None] - time + 1).clamp(min=0)
    torch.testing.assert_close(potentials, expected * (fired.tick < T)[:, None])


def test_whole_spikes_are_at_the_tick():
    fired = firing(torch.tensor([[[1.0, 4.0, 0.0], [2.0, 0.0, 1.0]]]), torch.tensor(4.0))
    assert fired.tick.tolist() == [[1, 0, 2]]
    assert fired.time.tolist() == [[1.0, 0.0, 1.5]]  # the last one: 1 + (4 - 1) / (3 * 4 / 2)
    assert spikes_at(fired, 2, whole=True).tolist() == [[[0, 1, 0], [1, 0, 0]]]


def test_a_silent_neuron_learns_at_the_output_only():
    """The loss sees when it would fire; a spike that there is not has no time to move."""
    sums = torch.tensor([[[-1.0], [0.5]]], requires_grad=True)
    fired = firing(sums, torch.tensor(4.0))
    spikes_at(fired, 2, whole=True).sum().backward(retain_graph=True)
    assert sums.grad.tolist() == [[[0.0], [0.0]]]
    fired.time.sum().backward()
    assert (sums.grad < 0).all(), "larger sums, earlier spike"


@pytest.mark.parametrize("sums", [[1.0, -1 + 1e-6], [1.0, -5.0], [-1e5, 0.0]])
def test_gradients_stay_bounded(sums):
    """A counts as at least 3 threshold / T and a time as at most T."""
    x = torch.tensor(sums)[None, :, None].requires_grad_()
    firing(x, torch.tensor(1.5)).time.sum().backward()
    assert x.grad.abs().max() <= (2 + 1) / (LEAST_SLOPE * 1.5 / 2)


def test_scatter_scales_the_first_weights_around_their_mean():
    drawn = []
    for scatter in (1.0, 0.25, 0.0):
        torch.manual_seed(3)
        linear = QuantizedLinear((INPUTS,), HIDDEN, "int6")
        drawn.append(RelPspLayer(linear, 2.0, drive=1.5, scatter=scatter).linear.weight.detach())
    mean = torch.full_like(drawn[0], 1.5 / INPUTS)
    torch.testing.assert_close(drawn[1] - mean, 0.25 * (drawn[0] - mean))
    assert torch.equal(drawn[2], mean)


def test_output_and_gain_learn_at_their_own_rate(tmp_path):
    """Adam's first step moves a weight with any gradient by the learning rate."""
    recipe = parse_recipe(
        {
            "name": "rates",
            "seed": 1,
            "dataset": "digits",
            "topology": "64-12-10",
            "ticks": 8,
            "encoding": {"name": "latency", "maximum": 255},
            "rule": {"name": "stdbp", "output_rate": 50.0},
            "training": {
                "epochs": 1,
                "batch": 64,
                "learning_rate": 1e-4,
                "schedule": "constant",
                "validation": 100,
            },
        },
        "test",
    )
    torch.manual_seed(1)
    run = Run(recipe, tmp_path)
    train_set, _ = training_data(recipe)
    before = {name: p.detach().clone() for name, p in run.rule.named_parameters()}
    run._set_learning_rate(steps=1)
    run.rule.update(*next(training_batches(train_set, recipe)), run.optimizer)
    moved = {n: (p.detach() - before[n]).abs().max() for n, p in run.rule.named_parameters()}
    assert set(moved) == {"hidden.hidden1.linear.weight", "output.linear.weight", "log_gain"}
    for name, most in moved.items():
        rate = 1e-4 if name.startswith("hidden") else 50 * 1e-4
        assert float(most) == pytest.approx(rate, rel=1e-2)
