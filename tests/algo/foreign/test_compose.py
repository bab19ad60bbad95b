"""Several maps in a row are one, exactly."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from algo.foreign.compose import compose
from algo.foreign.operators import Convolution, Matrix, Reshape, Scaling
from mapper.errors import InputError

SIZES = st.integers(1, 3)


@st.composite
def maps(draw):
    """(shape, operators) of one or two spatial dimensions; poolings among them."""
    rank, channels = draw(st.sampled_from([1, 2])), draw(SIZES)
    shape = (channels, *(draw(st.integers(4, 9)) for _ in range(rank)))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**31)))
    operators, now = [], shape
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["conv", "pool", "scale", "each"]))
        c = now[0]
        if kind == "scale":
            operator = Scaling(torch.rand(1, generator=generator, dtype=torch.float64))
        elif kind == "each":
            operator = Scaling(torch.rand(now, generator=generator, dtype=torch.float64))
        else:
            size = draw(st.integers(1, min(3, *now[1:])))
            if kind == "conv":
                kernel = torch.randn(draw(SIZES), c, *(size,) * rank, generator=generator,
                                     dtype=torch.float64)  # fmt: skip
                steps = draw(st.integers(1, 3)), draw(st.integers(0, 2))
            else:
                eye = torch.eye(c, dtype=torch.float64)
                kernel = eye.reshape(c, c, *(1,) * rank).repeat(1, 1, *(size,) * rank)
                steps = size, 0
            operator = Convolution(kernel, (steps[0],) * rank, (steps[1],) * rank)
        operators.append(operator)
        now = operator.shape_out(now)
    if draw(st.booleans()):
        n = torch.Size(now).numel()
        weight = torch.randn(draw(SIZES), n, generator=generator, dtype=torch.float64)
        operators += [Reshape((n,)), Matrix(weight)]
    return shape, operators


def check(one, operators, shape):
    x = torch.randn(3, *shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    wanted = x
    for operator in operators:
        wanted = operator(wanted)
    torch.testing.assert_close(one(x).flatten(1), wanted.flatten(1), rtol=1e-9, atol=1e-9)


@given(maps())
def test_one_map_says_what_several_say(found):
    shape, operators = found
    check(compose(operators, shape), operators, shape)


def pooling(size):
    return Convolution(torch.ones(1, 1, size, size, dtype=torch.float64), (size, size), (0, 0))


def convolution(padding):
    kernel = torch.arange(9.0, dtype=torch.float64).reshape(1, 1, 3, 3)
    return Convolution(kernel, (1, 1), (padding, padding))


@pytest.mark.parametrize(("operators", "side", "kernel"), [
    ([pooling(2), convolution(0)], 8, 6), ([pooling(2), convolution(1)], 8, 6),
    ([convolution(1), pooling(2)], 8, 4), ([convolution(0)], 8, 3),
    ([convolution(1), Scaling(torch.full((1,), 2.0))], 8, 3),
])  # fmt: skip
def test_convolutions_stay_convolutions(operators, side, kernel):
    """So the mapper can cut them into patches."""
    found = compose(operators, (1, side, side))
    assert isinstance(found, Convolution) and found.size == (kernel, kernel)
    check(found, operators, (1, side, side))


@pytest.mark.parametrize("operators", [
    [convolution(1), convolution(1)],  # the second sees zeros where the first would see pixels
    [pooling(2), convolution(1)],  # 9 pixels: the pooling leaves one out, a padding would see it
])  # fmt: skip
def test_where_padding_would_see_something_a_matrix_is_made(operators):
    assert isinstance(compose(operators, (1, 9, 9)), Matrix)


def test_a_matrix_has_its_limits():
    with pytest.raises(InputError, match="a matrix of 16384 x 16384 weights; at most"):
        compose([convolution(1), convolution(1)], (1, 128, 128))
