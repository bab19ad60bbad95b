"""Topologies: what the notation means, and that nothing malformed gets through."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapper.errors import InputError
from mapper.topology import Layer, parse_topology


def test_lenet():
    found = parse_topology("28x28x16-16C5-2P2-32C5-P2-256FC-10")
    assert found.input_shape == (16, 28, 28) and found.output_shape == (10,)
    assert [x.output_shape for x in found.layers] == [
        (16, 24, 24), (16, 12, 12), (32, 8, 8), (32, 4, 4), (256,), (10,)
    ]  # fmt: skip
    assert found.layers[1] == Layer(
        "pool", 16, (2, 2), (2, 2), (0, 0), (16, 24, 24), (16, 12, 12), "2P2"
    )
    assert found.layers[4] == Layer(
        "dense", 256, (4, 4), (1, 1), (0, 0), (32, 4, 4), (256,), "256FC"
    )
    assert found.layers[5] == Layer("dense", 10, (), (), (), (256,), (10,), "10")
    assert [x.fan_in for x in found.layers] == [400, 64, 400, 128, 512, 256]


def test_recurrent():
    layers = parse_topology("784-100R-20FC-10R").layers
    assert [x.recurrent for x in layers] == [True, False, True]
    assert [x.output_shape for x in layers] == [(100,), (20,), (10,)]


def test_cnn_3d_of_the_paper():
    """Datta et al. 2022, table 1: (height, width, depth, channels) of each feature map."""
    layers = parse_topology(
        "200x5x5x1-20C3-40C3x1x1s2x1x1p1x0x0-84C3p1x0x0-84C3x1x1s2x1x1p1x0x0-84C3x1x1p1x0x0-"
        "84C2x1x1s2x1x1p1x0x0-16"
    ).layers
    printed = [(3, 3, 198, 20), (3, 3, 99, 40), (1, 1, 99, 84), (1, 1, 50, 84), (1, 1, 50, 84),
               (1, 1, 26, 84)]  # fmt: skip
    assert [x.output_shape for x in layers[:-1]] == [(c, d, h, w) for h, w, d, c in printed]


def test_cnn_32h_of_the_paper():
    """The same table; height and width change places, and the pooled map is printed wrongly."""
    layers = parse_topology("200x3x3x1-90C18x3x3s7x1x1-90x27-64C3-128C3-4P4-512-16").layers
    assert [x.input_shape for x in layers[:2]] == [(1, 200, 3, 3), (1, 90, 27)]
    assert [x.output_shape for x in layers] == [
        (90, 27, 1, 1), (64, 88, 25), (128, 86, 23), (128, 21, 5), (512,), (16,)
    ]  # fmt: skip
    assert layers[4].fan_in == 13_440


@pytest.mark.parametrize(("text", "shapes"), [
    ("784-800-10", [(784,), (800,), (10,)]),
    ("28x28-16C5-10", [(1, 28, 28), (16, 24, 24), (10,)]),
    ("24x24x64-64C3p1", [(64, 24, 24), (64, 24, 24)]),
    ("24x20x3-32C3s2p1", [(3, 24, 20), (32, 12, 10)]),
    ("24x20x3-32C3x5s1x2p1x0-3P2", [(3, 24, 20), (32, 24, 8), (32, 11, 3)]),
    ("1d:128x2-16C7s2-P2-18", [(2, 128), (16, 61), (16, 30), (18,)]),
    ("1d:128-16C7", [(1, 128), (16, 122)]),
    ("7x21x128x1-20C3-20C1x1x3s1x1x2-P1x1x2", [
        (1, 7, 21, 128), (20, 5, 19, 126), (20, 5, 19, 62), (20, 5, 19, 31)]),
    ("9x5x4x1-3C2-4x3x24-2C3", [(1, 9, 5, 4), (3, 8, 4, 3), (2, 2, 1)]),
    ("1d:9-6C3-1d:2x21-5", [(1, 9), (6, 7), (5,)]), ("12-6-2x3-1C2", [(12,), (6,), (1, 1, 2)]),
])  # fmt: skip
def test_shapes(text, shapes):
    found = parse_topology(text)
    assert [found.input_shape, *(x.output_shape for x in found.layers)] == shapes


@pytest.mark.parametrize(("text", "match"), [
    ("784-800RFC-10", "layer 1"), ("784-R", "layer 1"), ("9x9-3C2R", "layer 1"),
    ("", "input '': expected neurons"), ("784", "expected layers after the input"),
    ("784-", r"layer 1 \(''\): expected neurons"), ("-784-10", "input ''"),
    ("784--10", r"layer 1 \(''\)"), ("0-10", "input '0'"), ("784-0", r"layer 1 \('0'\)"),
    ("784 - 10", "input '784 '"), ("7٣-10", "input"), ("28x28x", "input"), ("28X28-10", "input"),
    ("1x2x3x4x5-10", "input"), ("1d:3x4x5-10", "input"), ("2d:3x4-10", "input"),
    ("99999999-10", "input"), ("9999x9999-10", "neurons: 99980001 are too many, at most 16777216"),
    ("784-0800-10", r"layer 1 \('0800'\): expected neurons \(800"), ("784-800fc", "layer 1"),
    ("28x28-16c5", "layer 1"), ("28x28-16C", "layer 1"), ("28x28-C5", "layer 1"),
    ("28x28-16C0", "layer 1"), ("28x28-16C5s0", "layer 1"), ("28x28-16C5p1s2", "layer 1"),
    ("28x28-16C5d2", "layer 1"), ("28x28-0P2", "layer 1"), ("28x28-P0", "layer 1"),
    ("784-16C5", "layer 1 .*: a convolution needs spatial dimensions"),
    ("28x28-800-2P2-10", r"layer 2 \('2P2'\): a convolution needs spatial dimensions"),
    ("28x28-16C29", "kernel 29 is larger than the map, 28x28 and padding 0"),
    ("28x28-16C5-32C26", r"layer 2 \('32C26'\): kernel 26 is larger than the map, 24x24"),
    ("28x28-16C3p3", "padding 3 is not smaller than the kernel, 3"),
    ("28x28-16C3x3x3", "kernel 3x3x3 has 3 numbers, the map 28x28 has 2"),
    ("28x28-16C3s1x1x1", "stride 1x1x1 has 3"), ("1d:28-16C3p1x1", "padding 1x1 has 2"),
    ("28x28-999999C1", "neurons: 783999216 are too many"),
    ("16x16x4096-65536C3", "weights: 2415919104 are too many, at most 268435456"),
    ("1000000-1000000", "weights: 1000000000000 are too many"),
    ("784-28x28-10", "layer 1 .*: a map stands between layers, .*: write it as the input"),
    ("784-100-10x10", r"layer 2 \('10x10'\): a map stands between layers, .*: no layer follows"),
    ("784-100-9x10-10", "a map of 90 neurons, those before it are 100, channels first 100"),
    ("784-32-1x2x2x2x4-5", r"layer 2 .*: expected height x width \(28x28\)"),
    ("784-32-1d:2x4x4-5", "layer 2 .*: expected height x width"),
])  # fmt: skip
def test_malformed(text, match):
    with pytest.raises(InputError, match=match):
        parse_topology(text)


@given(st.text(alphabet="0123456789xCPFsp-:d", max_size=24))
def test_any_text_is_read_or_refused(text):
    try:
        found = parse_topology(text)
    except InputError:
        return
    shape = found.input_shape
    for layer in found.layers:
        assert math.prod(layer.input_shape) == math.prod(shape)
        shape = layer.output_shape
        assert min(shape) > 0 and math.prod(shape) <= 1 << 24


@given(
    size=st.lists(st.integers(1, 9), min_size=1, max_size=3),
    channels=st.integers(1, 5),
    data=st.data(),
)
def test_sizes_count_the_kernel_positions(size, channels, data):
    """A convolution has an output wherever its kernel fits on the padded map."""
    kernel = [data.draw(st.integers(1, 4)) for _ in size]
    stride = [data.draw(st.integers(1, 3)) for _ in size]
    padding = [data.draw(st.integers(0, k - 1)) for k in kernel]
    first = ("1d:" if len(size) == 1 else "") + "x".join(map(str, [*size, 2]))
    k, s, p = ("x".join(map(str, v)) for v in (kernel, stride, padding))
    padded = [n + 2 * q for n, q in zip(size, padding, strict=True)]
    text = f"{first}-{channels}C{k}s{s}p{p}"
    if any(n < m for n, m in zip(padded, kernel, strict=True)):
        with pytest.raises(InputError, match="larger than the map"):
            parse_topology(text)
        return
    (layer,) = parse_topology(text).layers
    places = tuple(
        len([x for x in range(0, n, t) if x + m <= n])
        for n, m, t in zip(padded, kernel, stride, strict=True)
    )
    assert layer.output_shape == (channels, *places)
