"""Gradients of the layers against the papers' chain rule and finite differences."""

import math

import pytest
import torch

from algo.layers import (
    ConvertedLayer,
    LifLayer,
    LifOptions,
    QuantizedConv,
    QuantizedLinear,
    ReadoutLayer,
    RecurrentLifLayer,
    StatelessLayer,
    Values,
)
from algo.layers.base import EPSILON


@pytest.mark.parametrize("quantized", [True, False])
def test_lif_gradient_through_time(quantized):
    """Two ticks by hand, STBP equations 11-22 with a subtract reset.

    v1 = s1; o1 = H(v1 - th); u1 = v1 - th o1; v2 = (1 - 2^-k) u1 + s2; o2 = H(v2 - th):
    d o2 / d s1 = h(v2) (1 - 2^-k) (1 - th h(v1)).
    """
    layer = LifLayer(
        QuantizedLinear((1,), 1, "ternary"),
        "shift 2",
        1.0,
        LifOptions(surrogate="sigmoid", width=2.0),
    )
    sums = torch.tensor([[[5.0], [3.0]]], requires_grad=True)
    threshold, sigma = torch.tensor([4.0]), torch.tensor([1.0])
    trace = layer._simulate(sums, threshold, torch.zeros(1), sigma, quantized)
    assert trace.potentials.flatten().tolist() == ([1, 0] if quantized else [1, 3.75])
    trace.spikes[0, 1, 0].backward()

    def h(z):
        s = torch.sigmoid(torch.tensor(z / 2))
        return float(s * (1 - s) / 2)

    v2 = 4.0 if quantized else 3.75
    expected = [h(v2 - 4) * 0.75 * (1 - 4 * h(1.0)), h(v2 - 4)]
    assert sums.grad.flatten().tolist() == pytest.approx(expected)


def test_stateless_gradient_is_that_of_the_clipped_normalized_sum():
    """Zou et al. 2021, section 2.2: the gradient is 1 where 0 <= r <= 1, else 0."""
    layer = StatelessLayer(QuantizedLinear((2,), 1, "ternary"))
    with torch.no_grad():
        layer.linear.weight.copy_(torch.tensor([[1.0, -1.0]]))
        layer.beta.fill_(0.1)
    spikes = torch.tensor([[[1.0, 0]], [[0, 1.0]], [[1, 1.0]], [[0, 0.0]]])
    out = layer(spikes)  # sums 1, -1, 0, 0: r = 1.51, -1.31, 0.1, 0.1
    assert out.flatten().tolist() == [1, 0, 0, 0]
    out.sum().backward()
    assert layer.beta.grad.tolist() == [2.0]


@pytest.mark.parametrize(("k", "bound"), [(0, 1), (0, 2), (1, 2), (2, 1)])
def test_groups_count_like_equation_6(k, bound):
    """clip(round(r 2^k), 0, bound 2^k); the gradient is 2^k where 0 < r < bound, else 0.

    The sums are 1 and -1, so r = +-1 / sqrt(1 + EPSILON) + beta: beta
    takes it through all steps and beyond both ends.
    """
    values = torch.linspace(-1.3, bound + 1.2, 11)
    layer = StatelessLayer(QuantizedLinear((1,), 11, "ternary"), k, bound)
    with torch.no_grad():
        layer.linear.weight.fill_(1.0)
        layer.beta.copy_(values)
    out = layer(torch.tensor([[[1.0]], [[-1.0]]]))
    r = values + torch.tensor([[1.0], [-1.0]]) / math.sqrt(1 + EPSILON)
    assert torch.equal(out[:, 0], torch.round(r * 2**k).clamp(0, bound * 2**k))
    out.sum().backward()
    inside = ((r > 0) & (r < bound)).sum(dim=0)
    assert layer.beta.grad.tolist() == (inside * 2**k).tolist()


def test_training_and_inference_count_alike():
    """Batch normalization in training, thresholds at inference: the same, but for rounding."""
    torch.manual_seed(0)
    layer = StatelessLayer(QuantizedConv((2, 9, 8), 6, (3, 3), (1, 1), (1, 1), "ternary"), 1, 2)
    with torch.no_grad():
        layer.beta.normal_()
    x = torch.randint(0, 5, (30, 1, 144)).float()
    layer.calibrate(x)
    assert (layer(x) == layer.run(x).spikes).float().mean() > 0.9999


def test_readout_gradient_matches_finite_differences():
    torch.manual_seed(0)
    layer = ReadoutLayer(QuantizedLinear((6,), 3, "int6"), decay="shift 2").double()
    spikes = (torch.rand(4, 5, 6) < 0.5).double()
    spikes.requires_grad_(True)

    def potentials(s):
        return layer(s, quantized=False)[:, -1]

    assert torch.autograd.gradcheck(potentials, (spikes,))


@pytest.mark.parametrize(
    "layer",
    [
        StatelessLayer(QuantizedLinear((20,), 10, "ternary")),
        StatelessLayer(QuantizedConv((1, 5, 4), 6, (2, 2), (1, 1), (0, 0), "int4"), 1, 2),
        LifLayer(QuantizedLinear((20,), 10, "ternary"), "trained", 1.0),
        LifLayer(QuantizedConv((1, 5, 4), 6, (2, 2), (2, 1), (1, 1), "ternary"), "shift 3", 1.0),
        RecurrentLifLayer(QuantizedLinear((30,), 10, "ternary"), "trained", 1.0),
        ConvertedLayer(QuantizedLinear((20,), 10, "int6"), "affine", 0.3),
        ConvertedLayer(QuantizedLinear((20,), 10, "int6"), "none", 0.3, Values(1, 2)),
        ReadoutLayer(QuantizedLinear((20,), 10, "int4"), "trained"),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_every_parameter_that_inference_uses_learns(layer):
    torch.manual_seed(0)
    out = layer((torch.rand(64, 5, 20) < 0.4).float())
    (out * torch.randn(out.shape)).sum().backward()
    for name, parameter in layer.named_parameters():
        if name != "log_gain":  # used by the rule's loss
            assert parameter.grad.abs().sum() > 0, name
