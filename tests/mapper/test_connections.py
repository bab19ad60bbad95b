"""Connections: what a convolution computes, how it unrolls, what may not be built."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper.connections import CONNECTION_KINDS, Conv, Dense
from mapper.errors import InputError
from mapper.weights import WEIGHT_FORMATS


def random_conv(seed: int, rank: int | None = None) -> Conv:
    """Any rank, kernel, stride and padding whose kernel fits the padded map; some weights 0."""
    rng = np.random.default_rng(seed)
    rank = rank or int(rng.integers(1, 4))
    kernel, stride = rng.integers(1, 4, rank), rng.integers(1, 4, rank)
    padding = rng.integers(0, 3, rank)
    spatial = np.maximum(kernel - 2 * padding, 1) + rng.integers(0, 5, rank)
    channels_out, channels_in = rng.integers(1, 5, 2)
    name = str(rng.choice([*WEIGHT_FORMATS]))
    low, high = WEIGHT_FORMATS[name].low, WEIGHT_FORMATS[name].high
    weight = rng.integers(low, high + 1, (channels_out, channels_in, *kernel))
    weight *= rng.random(weight.shape) < 0.7
    return Conv(
        "a", "b", weight, name, input_shape=(int(channels_in), *spatial.tolist()),
        stride=tuple(stride.tolist()), padding=tuple(padding.tolist()),
    )  # fmt: skip


@given(seed=st.integers(0, 2**32), samples=st.integers(0, 4))
@settings(max_examples=150)
def test_product_and_matrix_are_what_torch_computes(seed, samples):
    conv = random_conv(seed)
    spikes = np.random.default_rng(seed).integers(0, 2, (samples, *conv.input_shape)).astype(float)
    function = getattr(torch.nn.functional, f"conv{conv.rank}d")
    weight = torch.from_numpy(conv.weight).double()
    expected = function(torch.from_numpy(spikes), weight, None, conv.stride, conv.padding).numpy()
    assert expected.shape[1:] == conv.output_shape
    rows, expected = (a.reshape(samples, np.prod(a.shape[1:])) for a in (spikes, expected))
    found = conv.product(rows)
    assert np.array_equal(found, expected)
    matrix = conv.matrix()
    assert matrix.dtype == np.int64 and np.array_equal((matrix @ rows.T).T, expected)


@pytest.mark.parametrize("fan_in", range(510, 530))
def test_sums_are_exact_where_the_narrow_float_ends(fan_in):
    """127 x 255 x fan_in passes 2^24 at 519; one odd pixel shows whether the last bit is kept."""
    pixels = np.full((1, fan_in), 255)
    pixels[0, 0] = 254
    dense = Dense("a", "b", np.full((1, fan_in), 127), "int8")
    assert int(dense.product(pixels)[0, 0]) == 127 * (255 * fan_in - 1)
    assert dense.product(pixels).dtype == (np.float32 if fan_in < 519 else np.float64)


@given(seed=st.integers(0, 2**32))
def test_matrix_is_sparse_sorted_and_counted(seed):
    conv = random_conv(seed)
    matrix = conv.matrix()
    assert matrix is conv.matrix() and matrix.has_canonical_format and matrix.data.all()
    assert matrix.nnz <= conv.synapses
    dense = Dense("a", "b", matrix.toarray(), conv.format)
    assert dense.synapses == matrix.nnz and (dense.matrix() != matrix).nnz == 0


def test_blocks_of_samples_change_nothing(monkeypatch):
    conv, rng = random_conv(1, 2), np.random.default_rng(1)
    spikes = rng.integers(0, 2, (7, np.prod(conv.input_shape))).astype(float)
    whole = conv.product(spikes)
    monkeypatch.setattr("mapper.connections.conv._BLOCK", 1)
    assert np.array_equal(conv.product(spikes), whole)


def test_dense_flattens_in_c_order():
    weight = np.arange(-6, 6).reshape(2, 6)
    dense = Dense("a", "b", weight, "int8")
    dense.check_shapes((1, 2, 3), (2, 1))
    spikes = np.zeros((1, 1, 2, 3))
    spikes[0, 0, 1, 0] = 1
    assert dense.product(spikes.reshape(1, -1)).tolist() == [[-3, 3]]
    with pytest.raises(InputError, match=r"shape \(2, 6\), expected \(3, 5\) for source \(5,\)"):
        dense.check_shapes((5,), (3,))


WEIGHT = np.ones((2, 1, 3, 3), int)


@pytest.mark.parametrize(("facts", "match"), [
    ({"weight": np.ones((2, 3))}, r"3 to 5 dimensions .*not shape \(2, 3\)"),
    ({"weight": np.ones((1,) * 6)}, "3 to 5 dimensions"),
    ({"weight": np.ones((2, 1, 0, 3))}, "none of them 0"), ({"weight": WEIGHT * 2}, "outside -1"),
    ({"input_shape": (1, 8)}, r"expected 1 channels and 2 spatial"),
    ({"input_shape": (2, 8, 8)}, "expected 1 channels"), ({"input_shape": [1, 8, 8]}, "tuple of"),
    ({"input_shape": (1, 8, 0)}, "positive"), ({"input_shape": (1, 2, 8)}, "larger than the pad"),
    ({"input_shape": (1, 8, 1), "padding": (1, 0)}, r"\(3, 3\) is larger than the padded .*10, 1"),
    ({"stride": (0, 1)}, "stride must be a tuple of 2 integers >= 1"), ({"stride": 1}, "stride"),
    ({"stride": (1,)}, "stride must"), ({"stride": (1, 1.0)}, "stride must"),
    ({"stride": (True, 1)}, "stride must"), ({"stride": [1, 1]}, "stride must"),
    ({"padding": (-1, 0)}, "padding must be a tuple of 2 integers >= 0"),
    ({"padding": "same"}, "padding must"), ({"padding": ((1, 0), (1, 0))}, "padding must"),
    ({"padding": None}, "padding must"), ({"padding": (1 << 40, 0)}, "padded input: .*at most"),
    ({"input_shape": (1, 1500, 1500)}, "output: .*at most"),
    ({"weight": np.ones((1, 1, 100, 100)), "input_shape": (1, 1000, 1000)}, "sees 81.* inputs"),
])  # fmt: skip
def test_convolutions_that_cannot_be(facts, match):
    with pytest.raises(InputError, match=f"connection a->b: .*{match}"):
        Conv("a", "b", **{"weight": WEIGHT, "input_shape": (1, 8, 8)} | facts)


@pytest.mark.parametrize(("shapes", "match"), [
    (((1, 8, 9), (2, 3, 4)), r"source has shape \(1, 8, 9\), .* input_shape \(1, 8, 8\) has"),
    (((63,), (2, 3, 4)), r"source has shape \(63,\), 63 neurons; .* has 64"),
    (((1, 8, 8), (2, 4, 3)), r"target has shape \(2, 4, 3\), expected \(2, 3, 4\) from input"),
    (((1, 8, 8), (24,)), r"target has shape \(24,\)"),
])  # fmt: skip
def test_ends_that_do_not_fit(shapes, match):
    conv = Conv("a", "b", WEIGHT, input_shape=(1, 8, 8), stride=(2, 2), padding=(0, 1))
    conv.check_shapes((1, 8, 8), (2, 3, 4))
    conv.check_shapes((4, 16, 1), (2, 3, 4))  # as many
    with pytest.raises(InputError, match=f"connection a->b: {match}"):
        conv.check_shapes(*shapes)


def test_too_large_to_unroll_is_known_before():
    conv = Conv("a", "b", np.ones((64, 64, 3, 3)), input_shape=(64, 64, 64), padding=(1, 1))
    with pytest.raises(InputError, match="unrolls to 150994944 synapses"):
        conv.matrix()


def test_steps_default_to_one_and_none():
    conv = Conv("a", "b", WEIGHT, input_shape=(1, 8, 8))
    assert (conv.stride, conv.padding, conv.output_shape) == ((1, 1), (0, 0), (2, 6, 6))
    assert CONNECTION_KINDS["Conv"] is Conv and conv.geometry["input_shape"] == (1, 8, 8)
