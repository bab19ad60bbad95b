"""Weight formats: bits times strengths is the weight, over the whole range."""

import numpy as np
import pytest

from mapper.errors import InputError
from mapper.weights import WEIGHT_FORMATS, weight_format

RANGES = {"ternary": (-1, 1), "binary": (0, 1)} | {
    f"int{b}": (-(2 ** (b - 1)), 2 ** (b - 1) - 1) for b in range(2, 9)
}


def test_every_promised_format_is_there():
    assert {n: (f.low, f.high) for n, f in WEIGHT_FORMATS.items()} == RANGES
    assert WEIGHT_FORMATS["int6"].strengths == (1, 2, 4, 8, 16, -32)
    assert max(f.columns for f in WEIGHT_FORMATS.values()) == 8


@pytest.mark.parametrize("fmt", WEIGHT_FORMATS.values(), ids=lambda f: f.name)
def test_bits_times_strengths(fmt):
    every = np.arange(fmt.low, fmt.high + 1).reshape(-1, 1)
    bits = fmt.synapses(every)
    assert bits.shape == (*every.shape, fmt.columns) and bits.dtype == bool
    assert (bits @ np.array(fmt.strengths) == every).all()
    assert not fmt.synapses(np.zeros((2, 3), np.int64)).any()  # a zero costs no synapse
    fmt.check(every, "here")


@pytest.mark.parametrize("fmt", WEIGHT_FORMATS.values(), ids=lambda f: f.name)
def test_out_of_range_is_named(fmt):
    for wrong in (fmt.low - 1, fmt.high + 1):
        weight = np.zeros((3, 4), np.int64)
        weight[1, 2] = weight[2, 0] = wrong
        with pytest.raises(InputError, match=rf"here: weight {wrong} at \(1, 2\).*{fmt.name}"):
            fmt.check(weight, "here")


def test_unknown_format():
    with pytest.raises(InputError, match="unknown weight format 'int9'; known: ternary, binary"):
        weight_format("int9")
