"""Quantizers and surrogates: values, ranges and gradients."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from algo.quantize import QUANTIZED_FORMATS, quantize, quantize_affine
from algo.straight_through import ceil, floor, round_half_even, round_half_up
from algo.surrogates import SURROGATES, spike
from mapper.errors import InputError
from mapper.weights import weight_format

WEIGHTS = arrays(
    np.float32,
    array_shapes(min_dims=2, max_dims=2, max_side=8),
    elements=st.floats(-4, 4, width=32),
)


@given(WEIGHTS, st.sampled_from(QUANTIZED_FORMATS))
def test_integers_in_range(weight, name):
    integers, scale = quantize(torch.from_numpy(weight), name)
    assert scale > 0 and torch.equal(integers, integers.round())
    weight_format(name).check(integers.numpy().astype(np.int64), "here")


@given(WEIGHTS, st.sampled_from(QUANTIZED_FORMATS[1:]))
def test_uniform_is_the_nearest_step(weight, name):
    integers, scale = quantize(torch.from_numpy(weight), name)
    error = np.abs(integers.numpy() * float(scale) - weight)
    assert error.max() <= float(scale) * 0.5001


@given(WEIGHTS, st.sampled_from(QUANTIZED_FORMATS[1:]))
def test_affine_levels(weight, name):
    """2^b of them, 0 among them, from the least to the largest weight; half a step of error."""
    integers, scale = quantize_affine(torch.from_numpy(weight), name)
    integers, scale = integers.numpy().astype(np.float64), float(scale)
    span = 2 ** int(name[3:]) - 1
    assert np.array_equal(integers, np.rint(integers)) and scale > 0
    assert max(integers.max(), 0) - min(integers.min(), 0) <= span
    inside = np.abs(integers * scale - weight)
    assert inside.max() <= scale * 1.001, "ends may be off by the rounding of the zero point"
    assert np.median(inside) <= scale * 0.501


def test_affine_by_hand():
    """-1..2 in 15 steps of 0.2; two bits more than symmetric steps would leave positive ones."""
    integers, scale = quantize_affine(torch.tensor([[-1.0, 2.0, 0.0, 0.29]]), "int4")
    assert integers.tolist() == [[-5, 10, 0, 1]] and float(scale) == pytest.approx(0.2)
    integers, _ = quantize_affine(torch.tensor([[-1.5, 13.5]]), "int4")
    assert integers.tolist() == [[-2, 13]], "14 would be a seventeenth level"


@pytest.mark.parametrize("name", ["ternary", "float"])
def test_no_affine_format(name):
    with pytest.raises(InputError, match="no affine '.*'; known: int2, int3"):
        quantize_affine(torch.zeros(1, 1), name)


def test_ternary_by_hand():
    """delta = 0.7 * mean(|w|) = 0.7 * 0.5; scale = mean of 0.4, 0.6, 1."""
    integers, scale = quantize(torch.tensor([[0.0, -0.4, 0.6], [-1.0, 0.34, 0.66]]), "ternary")
    assert integers.tolist() == [[0, -1, 1], [-1, 0, 1]]
    assert float(scale) == pytest.approx((0.4 + 0.6 + 1 + 0.66) / 4)


@pytest.mark.parametrize(("function", "name"), [
    *((quantize, name) for name in QUANTIZED_FORMATS),
    *((quantize_affine, name) for name in QUANTIZED_FORMATS[1:]),
])  # fmt: skip
def test_gradient_passes_straight_through(function, name):
    weight = torch.randn(5, 7, requires_grad=True)
    integers, scale = function(weight, name)
    upstream = torch.randn(5, 7)
    (integers * scale * upstream).sum().backward()
    torch.testing.assert_close(weight.grad, upstream)


def test_zero_weights_have_a_scale():
    for name in QUANTIZED_FORMATS:
        integers, scale = quantize(torch.zeros(2, 2), name)
        assert not integers.any() and scale == 1


@pytest.mark.parametrize("name", ["binary", "int9", "float"])
def test_unknown_format(name):
    with pytest.raises(InputError, match="known: ternary, int2"):
        quantize(torch.zeros(1, 1), name)


@pytest.mark.parametrize(("function", "expected"), [(ceil, -1.0), (floor, -2.0)])
def test_roundings(function, expected):
    x = torch.tensor([-1.3, 16777215.0], requires_grad=True)
    y = function(x)
    assert y.tolist() == [expected, 16777215.0]
    y.sum().backward()
    assert x.grad.tolist() == [1, 1]


def test_round_half_even():
    assert round_half_even(torch.tensor([0.5, 1.5, -0.5])).tolist() == [0, 2, 0]


@pytest.mark.parametrize("name", SURROGATES)
@pytest.mark.parametrize("width", [0.3, 1.0, 3.0])
def test_surrogates_integrate_to_one(name, width):
    """As the text after equation 26 of STBP demands."""
    z = torch.linspace(-60, 60, 600_001, dtype=torch.float64)
    assert float(SURROGATES[name](z, width).sum()) * 2e-4 == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("name", SURROGATES)
def test_spike_fires_at_the_threshold_with_the_curve_as_gradient(name):
    z = torch.tensor([-0.2, 0.0, 0.3], requires_grad=True)
    s = spike(z, name, 1.0)
    assert s.tolist() == [0, 1, 1]
    (s * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
    curve = SURROGATES[name](z.detach(), 1.0) * torch.tensor([1.0, 2.0, 3.0])
    assert z.grad.tolist() == curve.tolist() and curve.all()


def test_halves_round_up_as_thresholds_met_exactly_fire():
    x = torch.tensor([-0.5, 0.5, 1.5, 2.5, 2.4999], requires_grad=True)
    rounded = round_half_up(x)
    assert rounded.tolist() == [0, 1, 2, 3, 2]
    rounded.sum().backward()
    assert x.grad.tolist() == [1] * 5
