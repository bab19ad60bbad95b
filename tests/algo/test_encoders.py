"""Encoders: integer properties that hold for every image."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from algo.encoders import ENCODERS, encode
from mapper.errors import InputError

IMAGES = arrays(np.uint8, array_shapes(min_dims=2, max_dims=3, max_side=6))
TICKS = st.integers(1, 20)


@given(IMAGES, st.integers(1, 255), TICKS)
def test_binarize_repeats_the_thresholded_image(images, threshold, ticks):
    spikes = encode(images, {"name": "binarize", "threshold": threshold}, ticks)
    flat = images.reshape(len(images), -1)
    assert spikes.dtype == np.uint8 and spikes.shape == (len(images), ticks, flat.shape[1])
    assert (spikes == (flat >= threshold)[:, None]).all()


@given(IMAGES, st.integers(255, 1000), TICKS)
def test_rate_if_counts_are_the_floor(images, maximum, ticks):
    spikes = encode(images, {"name": "rate_if", "maximum": maximum}, ticks)
    flat = images.reshape(len(images), -1).astype(int)
    assert set(np.unique(spikes)) <= {0, 1}
    for t in range(1, ticks + 1):  # at every tick, not only the last: so it is the IF neuron's
        assert (spikes[:, :t].sum(axis=1) == t * flat // maximum).all()


@given(arrays(np.uint8, (2, 5)), st.integers(1, 254), TICKS)
def test_rate_if_keeps_what_exceeds_the_maximum(images, maximum, ticks):
    spikes = encode(images, {"name": "rate_if", "maximum": maximum}, ticks)
    expected = np.zeros_like(spikes)
    for sample, pixel in np.ndindex(images.shape):
        accumulated = 0
        for t in range(ticks):
            accumulated += int(images[sample, pixel])
            if accumulated >= maximum:
                expected[sample, t, pixel] = 1
                accumulated -= maximum
    assert (spikes == expected).all()


@pytest.mark.parametrize(
    ("encoding", "message"),
    [
        ({}, "unknown encoding None; known: binarize, rate_if"),
        ({"name": "poisson"}, "unknown encoding 'poisson'"),
        ({"name": "binarize"}, r"threshold must be an integer in 1\.\.255, not None"),
        ({"name": "binarize", "threshold": 0}, r"in 1\.\.255, not 0"),
        ({"name": "binarize", "threshold": 1.5}, "not 1.5"),
        ({"name": "binarize", "threshold": True}, "not True"),
        ({"name": "rate_if", "maximum": 65536}, r"in 1\.\.65535"),
        ({"name": "rate_if", "maximum": 9, "seed": 1}, "unknown key 'seed'; known: maximum"),
    ],
)
def test_bad_encodings(encoding, message):
    with pytest.raises(InputError, match=message):
        encode(np.zeros((1, 4), np.uint8), encoding, 1)


@pytest.mark.parametrize("ticks", [0, -1, 1.0, True])
def test_bad_ticks(ticks):
    with pytest.raises(InputError, match="ticks must be an integer >= 1"):
        encode(np.zeros((1, 4), np.uint8), {"name": "binarize", "threshold": 1}, ticks)


@pytest.mark.parametrize("images", [np.zeros((2, 3)), np.zeros(3, np.uint8)])
def test_bad_images(images):
    with pytest.raises(InputError, match="images must be uint8"):
        encode(images, {"name": "binarize", "threshold": 1}, 1)


def test_every_encoder_is_registered_under_its_name():
    assert all(name == encoder.name for name, encoder in ENCODERS.items())
