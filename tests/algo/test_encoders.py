"""Encoders: integer properties that hold for every image."""

import hashlib
import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from algo.encoders import ENCODERS, encode, encoded_shape
from algo.encoders.transduction import BATCH
from mapper.errors import InputError

IMAGES = arrays(np.uint8, array_shapes(min_dims=2, max_dims=3, max_side=6))
TICKS = st.integers(1, 20)
TRANSDUCTION = {
    "name": "transduction",
    "input_shape": [1, 4, 4],
    "weight": [[[[3, -2], [0, 1]]]],
    "stride": [1, 1],
    "padding": [0, 0],
    "threshold": [[100, 300]],
    "group": 2,
}


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


@given(IMAGES, st.integers(1, 255), TICKS)
def test_latency_spikes_once_and_brighter_is_never_later(images, maximum, ticks):
    spikes = encode(images, {"name": "latency", "maximum": maximum}, ticks)
    flat = images.reshape(len(images), -1).astype(int)
    for image, fired in zip(flat, spikes, strict=True):
        for pixel, train in zip(image, fired.T, strict=True):
            due = max(maximum - pixel, 0) * ticks // maximum
            assert train.tolist() == [t == due for t in range(ticks)]
            assert train.any() == (pixel > 0)


@given(
    arrays(np.uint8, array_shapes(min_dims=3, max_dims=3, max_side=6)),
    st.integers(1, 4),
    st.integers(1, 255),
    TICKS,
)
def test_contrast_is_the_latency_of_what_exceeds_the_mean_around(images, radius, gain, ticks):
    """Also where the square is larger than the image, which mirrors again and again."""
    _, height, width = images.shape
    area = (2 * radius + 1) ** 2

    def mirrored(i: int, size: int) -> int:
        i %= 2 * size
        return min(i, 2 * size - 1 - i)

    contrast = np.zeros_like(images)
    for n, row, column in np.ndindex(images.shape):
        around = itertools.product(range(-radius, radius + 1), repeat=2)
        places = ((mirrored(row + y, height), mirrored(column + x, width)) for y, x in around)
        total = sum(int(images[n, y, x]) for y, x in places)
        above = math.floor(gain * (int(images[n, row, column]) * area - total) / area)
        contrast[n, row, column] = min(max(128 + above, 0), 255)
    encoding = {"name": "contrast_latency", "width": width, "radius": radius, "gain": gain}
    expected = encode(contrast, {"name": "latency", "maximum": 255}, ticks)
    assert (encode(images, encoding, ticks) == expected).all()


@given(IMAGES, st.integers(1, 300), TICKS, st.integers(0, 2**31 - 1))
def test_bernoulli_spikes_follow_the_content(images, maximum, ticks, seed):
    """Not the place in a batch, nor the other images; sure pixels are sure."""
    encoding = {"name": "bernoulli", "maximum": maximum, "seed": seed}
    spikes = encode(images, encoding, ticks)
    flat = images.reshape(len(images), -1)
    assert spikes.dtype == np.uint8 and spikes.shape == (len(images), ticks, flat.shape[1])
    assert not spikes.transpose(0, 2, 1)[flat == 0].any()
    assert spikes.transpose(0, 2, 1)[flat >= maximum].all() and set(np.unique(spikes)) <= {0, 1}
    for i in range(len(images)):
        assert (encode(images[i : i + 1], encoding, ticks) == spikes[i]).all()


@pytest.mark.parametrize(("pixel", "maximum"), [(1, 255), (128, 255), (254, 255), (100, 1000)])
def test_bernoulli_rates_and_independence(pixel, maximum):
    encoding = {"name": "bernoulli", "maximum": maximum, "seed": 3}
    (spikes,) = encode(np.full((1, 400), pixel, np.uint8), encoding, 500)
    p, n = pixel / maximum, spikes.size
    assert abs(spikes.mean() - p) < 5 * np.sqrt(p * (1 - p) / n)
    for axis in (0, 1):  # neighbours in time and in space
        both = (spikes.take(range(1, spikes.shape[axis]), axis) * spikes.take(
            range(spikes.shape[axis] - 1), axis)).mean()  # fmt: skip
        assert abs(both - p * p) < 6 * np.sqrt(p * p * (1 - p * p) / n)


@given(st.integers(0, 255), st.integers(1, 65535))
def test_bernoulli_probability_is_exact(pixel, maximum):
    """Over all 16 bit draws: the fraction is pixel / maximum, rounded up."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("algo.encoders.bernoulli._draws", lambda *_: np.arange(1 << 16))
        encoding = {"name": "bernoulli", "maximum": maximum, "seed": 0}
        spikes = encode(np.full((1, 1), pixel, np.uint8), encoding, 1 << 16)
    assert spikes.sum() == min(math.ceil((pixel << 16) / maximum), 1 << 16)


def test_bernoulli_draws_are_a_promise():
    """Recorded accuracies depend on them."""
    images = np.arange(256, dtype=np.uint8).reshape(1, 256)
    encoding = {"name": "bernoulli", "maximum": 255, "seed": 1}
    spikes = encode(images, encoding, 8)
    assert hashlib.sha256(spikes.tobytes()).hexdigest()[:16] == "7b2e0089a33486e3"
    assert (spikes != encode(images, encoding | {"seed": 2}, 8)).any()
    assert (spikes != encode(images[:, ::-1].copy(), encoding, 8)[..., ::-1]).any()


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_events_keep_their_order(bins, ticks, n, seed):
    images = (np.random.default_rng(seed).random((2, bins, n)) < 0.3).astype(np.uint8)
    encoding = {"name": "events", "bins": bins}
    if ticks > bins:
        with pytest.raises(InputError, match=f"cannot become {ticks} ticks"):
            encode(images, encoding, ticks)
        return
    expected = np.zeros((2, ticks, n), np.uint8)
    for sample, b, pixel in np.argwhere(images):
        expected[sample, b * ticks // bins, pixel] = 1
    assert (encode(images, encoding, ticks) == expected).all()


def test_shape_of_events():
    encoding = {"name": "events", "bins": 60}
    assert encoded_shape((60, 2, 34, 34), encoding) == encoded_shape((2, 34, 34), encoding)
    with pytest.raises(InputError, match="bins is 60, the images have 30"):
        encoded_shape((30, 2, 34, 34), encoding)


@given(IMAGES, TICKS)
def test_pixels_are_themselves(images, ticks):
    values = encode(images, {"name": "pixels"}, ticks)
    assert (values == images.reshape(len(images), 1, -1).repeat(ticks, axis=1)).all()


@st.composite
def transductions(draw) -> dict:
    channels, size = draw(st.integers(1, 2)), draw(st.tuples(st.integers(2, 5), st.integers(2, 5)))
    kernel = draw(st.tuples(st.integers(1, 2), st.integers(1, 2)))
    weight = draw(arrays(np.int8, (draw(st.integers(1, 3)), channels, *kernel)))
    group = draw(st.integers(1, 3))
    threshold = arrays(np.int16, (len(weight), group))
    return {
        "name": "transduction",
        "input_shape": [channels, *size],
        "weight": weight.tolist(),
        "stride": draw(st.lists(st.integers(1, 2), min_size=2, max_size=2)),
        "padding": draw(st.lists(st.integers(0, 1), min_size=2, max_size=2)),
        "threshold": draw(threshold).tolist(),
        "group": group,
    }


@given(transductions(), st.integers(1, 3), st.randoms(use_true_random=False))
def test_transduction_is_the_definition(encoding, ticks, random):
    """Every spike by a loop over channels, thresholds, places and kernel elements."""
    channels, height, width = encoding["input_shape"]
    image = np.array([random.randrange(256) for _ in range(channels * height * width)], np.uint8)
    image = image.reshape(1, channels, height, width)
    (dy, dx), (py, px) = encoding["stride"], encoding["padding"]
    padded = np.pad(image[0].astype(int), [(0, 0), (py, py), (px, px)])
    fired = []
    for kernel, thresholds in zip(encoding["weight"], encoding["threshold"], strict=True):
        kernel = np.array(kernel)
        rows = range(0, padded.shape[1] - kernel.shape[1] + 1, dy)
        columns = range(0, padded.shape[2] - kernel.shape[2] + 1, dx)
        for threshold in thresholds:
            for y, x in itertools.product(rows, columns):
                patch = padded[:, y : y + kernel.shape[1], x : x + kernel.shape[2]]
                fired.append(int((patch * kernel).sum()) >= threshold)
    spikes = encode(image, encoding, ticks)
    assert spikes.dtype == np.uint8 and spikes.tolist() == [[fired] * ticks]
    assert np.prod(encoded_shape(image.shape[1:], encoding)) == len(fired)


def test_transduction_of_more_than_one_batch():
    images = np.random.default_rng(0).integers(0, 256, (2 * BATCH + 3, 4, 4)).astype(np.uint8)
    whole = encode(images, TRANSDUCTION, 1)
    assert (
        whole == np.concatenate([encode(image[None], TRANSDUCTION, 1) for image in images])
    ).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weight": None}, "weight"),
        ({"weight": [[[[200]]]]}, "weight 200 at .* is outside -128..127 of format int8"),
        ({"weight": [[[1, 2]]]}, "input_shape .* does not fit weight"),
        ({"weight": [[[[1], [2, 3]]]]}, "weight: not an array of integers"),
        ({"stride": [1]}, "stride must be a tuple of 2 integers >= 1"),
        ({"stride": 1}, "incomplete or not numbers: .*int"),
        ({"padding": [0, -1]}, "padding must be a tuple of 2 integers >= 0"),
        ({"threshold": [[1], [2]]}, r"threshold has shape \(2, 1\), expected \(1, 2\)"),
        ({"group": 0}, r"group must be an integer in 1\.\.64, not 0"),
        ({"threshold": [0.5]}, "threshold: not all values are integers"),
        ({"input_shape": [1, 9, 9]}, "images have 16 pixels, input_shape is"),
        ({"bias": 1}, "unknown key 'bias'; known: input_shape, weight, stride, padding, thresh"),
    ],
)
def test_bad_transductions(change, message):
    with pytest.raises(InputError, match=f"(?s)^encoding transduction: .*{message}") as caught:
        encode(np.zeros((1, 4, 4), np.uint8), TRANSDUCTION | change, 1)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", sorted(TRANSDUCTION.keys() - {"name"}))
def test_incomplete_transductions(key):
    encoding = {k: v for k, v in TRANSDUCTION.items() if k != key}
    with pytest.raises(InputError, match=f"encoding transduction: .*{key}"):
        encode(np.zeros((1, 4, 4), np.uint8), encoding, 1)


@pytest.mark.parametrize(
    ("encoding", "message"),
    [
        ({}, "unknown encoding None; known: binarize, bernoulli, events, latency"),
        ({"name": "poisson"}, "unknown encoding 'poisson'"),
        ({"name": "binarize"}, r"threshold must be an integer in 1\.\.255, not None"),
        ({"name": "binarize", "threshold": 0}, r"in 1\.\.255, not 0"),
        ({"name": "binarize", "threshold": 1.5}, "not 1.5"),
        ({"name": "binarize", "threshold": True}, "not True"),
        ({"name": "rate_if", "maximum": 65536}, r"in 1\.\.65535"),
        ({"name": "rate_if", "maximum": 9, "seed": 1}, "unknown key 'seed'; known: maximum"),
        (
            {"name": "contrast_latency", "width": 3, "radius": 1, "gain": 2},
            "images of 4 pixels have no rows of 3",
        ),
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
