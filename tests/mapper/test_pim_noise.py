"""Noise of the PIM macro: none is the ideal macro; what is drawn, and on what it depends."""

from dataclasses import fields, replace

import numpy as np
import pytest

from mapper.errors import InputError
from mapper.pim.array import ArrayModel
from mapper.pim.layout import ADC
from mapper.pim.noise import Noise, NoisyArray, Source, parse_noise
from mapper.pim.params import PRESETS
from tests.rtl.macros import random_macro_image

NAMES = [f.name for f in fields(Noise)]
MACRO = replace(PRESETS["tiny"], banks=4, activation_bits=8, rows_active=8, adc_bits=4)
LARGE = {"bit_line": 0.7, "mismatch": 0.2, "inl": 0.7, "dnl": 0.4, "stuck": 0.1}


def case(seed, macro=MACRO, **changes):
    rng = np.random.default_rng(seed)
    image = replace(random_macro_image(rng, macro, seed % 3), **changes)
    return image, rng.integers(0, 1 << macro.activation_bits, (4, macro.activations))


@pytest.mark.parametrize("seed", range(20))
def test_no_noise_is_the_ideal_macro(seed):
    image, values = case(seed)
    ideal, noisy = ArrayModel(image, MACRO), ArrayModel(image, MACRO, Noise.of({}, seed), seed)
    np.testing.assert_array_equal(ideal.sums(values), noisy.sums(values))
    assert all((ideal.counters[n] == noisy.counters[n]).all() for n in ideal.counters)
    np.testing.assert_array_equal(ideal.touched, noisy.touched)


@pytest.mark.parametrize("seed", range(5))
def test_bent_converters_that_are_straight(seed):
    """The way through the converters' levels, with sigmas too small to move any."""
    image, values = case(seed)
    noise = Noise.of({"inl": 1e-9, "dnl": 1e-9, "mismatch": 1e-9, "bit_line": 1e-9}, seed)
    ideal, noisy = ArrayModel(image, MACRO), ArrayModel(image, MACRO, noise)
    np.testing.assert_array_equal(ideal.sums(values), noisy.sums(values))
    np.testing.assert_array_equal(ideal.counters["clipped"], noisy.counters["clipped"])


@pytest.mark.parametrize("name", NAMES)
def test_each_source_changes_sums_and_has_its_seed(name):
    image, values = case(2, adc=0)

    def sums(seed, place=0, samples=values):
        return ArrayModel(image, MACRO, Noise(**{name: Source(LARGE[name], seed)}), place).sums(
            samples
        )

    assert (sums(1) != ArrayModel(image, MACRO).sums(values)).any()
    np.testing.assert_array_equal(sums(1), sums(1))
    assert (sums(1) != sums(2)).any() and (sums(1) != sums(1, place=3)).any()
    np.testing.assert_array_equal(sums(1)[::-1], sums(1, samples=values[::-1]))
    np.testing.assert_array_equal(sums(1)[:2], sums(1, samples=values[:2]))


def noisy_array(sigmas, macro, **changes):
    image, _ = case(0, macro, stack=0, **changes)
    return NoisyArray(Noise.of(sigmas, 7), image, macro, 0), image


def test_bit_line_noise_is_normal():
    macro = replace(MACRO, adc_bits=8)
    array, image = noisy_array({"bit_line": 2.0}, macro, adc=int(ADC.pack(offset=15)))
    counts = np.full((1, 4000, image.channels * macro.weight_bits), 5)
    steps = array.steps(counts, np.arange(4)[None]) - 20
    assert abs(steps.mean()) < 0.05 and abs(steps.std() - np.sqrt(4 + 1 / 12)) < 0.05


def test_mismatch_is_of_a_column():
    array, image = noisy_array({"mismatch": 0.3}, replace(MACRO, adc_bits=8), adc=0)
    columns = image.channels * MACRO.weight_bits
    steps = array.steps(np.full((1, 50, columns), 100), np.arange(4)[None])
    assert (steps == steps[:, :1]).all()
    assert 0.1 < (steps[0, 0] / 100).std() < 0.5 and len(np.unique(steps)) > 3


def test_curves_of_converters():
    for name in ("inl", "dnl"):
        array, _ = noisy_array({name: 0.5}, replace(MACRO, adc_bits=5), adc=0)
        curves = array._curves()
        ideal = np.arange(1, 32) - 0.5
        np.testing.assert_allclose(
            curves[:, [0, -1]], np.broadcast_to(ideal[[0, -1]], (len(curves), 2))
        )
        off = curves - ideal
        assert len(np.unique(off[:, 15])) == len(curves)
        if name == "inl":
            assert 0.3 < off[:, 15].std() < 0.7
            np.testing.assert_allclose(off, off[:, ::-1], atol=1e-12)
        else:
            assert 0.35 < np.diff(off, axis=1).std() < 0.65


def test_stuck_cells():
    array, _ = noisy_array({"stuck": 1.0}, MACRO)
    cells = array.cells(np.zeros((40, 8, 24), np.float32))
    assert set(np.unique(cells)) == {0, 1} and abs(cells.mean() - 0.5) < 0.05
    array, _ = noisy_array({"stuck": 0.2}, MACRO)
    ones = array.cells(np.ones((40, 8, 24), np.float32))
    assert abs(ones.mean() - 0.9) < 0.02


def test_noise_as_text_and_file(tmp_path):
    noise = parse_noise("bit_line=0.5,dnl=0.25", 3)
    assert noise == Noise.of({"bit_line": 0.5, "dnl": 0.25}, 3)
    (tmp_path / "n.toml").write_text("[bit_line]\nsigma = 0.5\nseed = 9\n[stuck]\nsigma = 0.01\n")
    noise = parse_noise(str(tmp_path / "n.toml"), 3)
    assert (noise.bit_line, noise.stuck) == (Source(0.5, 9), Source(0.01, 3))
    assert noise.dnl == Source(0.0, 3)


@pytest.mark.parametrize(("text", "message"), [
    ("gain=1", "noise 'gain': unknown; known: bit_line, mismatch"),
    ("dnl=x", "expected NAME=SIGMA"), ("dnl=", "expected NAME=SIGMA"),
    ("dnl=-1", "noise dnl: sigma must be from 0 on, not -1.0"), ("dnl=nan", "not nan"),
    ("stuck=1.5", "noise stuck: sigma must be in 0..1, not 1.5"), ("nope.toml", "nope.toml"),
])  # fmt: skip
def test_bad_noise(text, message):
    with pytest.raises(InputError) as error:
        parse_noise(text, 0)
    assert message in str(error.value)


@pytest.mark.parametrize(("toml", "message"), [
    ("[gain]\nsigma = 1", "gain: unknown; known"), ("[dnl]\nsigma = '1'", "sigma must be from 0"),
    (f"[dnl]\nsigma = {'9' * 400}", "sigma must be from 0"),
    ("[dnl]\nseed = 1", "expected a table with sigma"), ("dnl = 1", "expected a table with sigma"),
    ("[dnl]\nsigma = 1\nseed = -1", "seed must be an integer from 0"), ("[", "readable as TOML"),
])  # fmt: skip
def test_bad_noise_files(toml, message, tmp_path):
    (tmp_path / "n.toml").write_text(toml)
    with pytest.raises(InputError, match=message):
        parse_noise(str(tmp_path / "n.toml"), 0)


@pytest.mark.parametrize("stack", [0, 1, 2])
def test_blocks_share_converters(stack):
    """Channels of a bank that are converted one after the other, and no others."""
    image = next(i for s in range(50) if (i := case(s)[0]).stack == stack and i.channels > 5)
    found = NoisyArray(Noise(), image, MACRO, 0)._converters(image)
    sets = MACRO.banks >> stack
    assert found.shape[1] == image.channels * MACRO.weight_bits
    first = found[0].reshape(image.channels, MACRO.weight_bits)
    for a in range(image.channels):
        for b in range(image.channels):
            shared = (a - b) % (sets * MACRO.lanes) == 0
            assert (first[a] == first[b]).all() == shared
    assert all(len(set(row)) == min(len(row), sets * MACRO.lanes * MACRO.weight_bits)
               for row in found)  # fmt: skip
