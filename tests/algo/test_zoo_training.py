"""The zoo's recipes and the networks beside them."""

from pathlib import Path

import pytest

from algo.datasets import load
from algo.evaluate import accuracy, integer_scores
from algo.integer_network import build_network
from algo.recipe import read_recipe
from algo.run import build_rule
from mapper.nir_io import read_network

ZOO = Path(__file__).parents[2] / "flows" / "zoo"
RECIPES = sorted(ZOO.glob("*.toml"))
IMAGES = {
    "digits": (8, 8),
    "mnist": (28, 28),
    "fashion": (28, 28),
    "caltech": (160, 250),
    "salinas-a-3x3": (204, 3, 3),
}
PROMISED = {
    "lenet-1": 99.2,
    "lenet-2": 99.25,
    "lenet-4": 99.3,
    "mnist-stbp": 98.6,
    "mnist-stbp-conv": 99.2,
    "mnist-stdbp": 98.4,
    "mnist-stdbp-400": 98.0,
    "mnist-sstdp": 97.9,
    "fashion-stdbp": 87.8,
    "mnist-direct": 99.2,
    "fashion-direct": 90.0,
}
"""Percent of the 10,000 test images that the integer network must get right."""


def test_there_are_recipes():
    assert {"digits", "mnist-ternary", "mnist-lif", *PROMISED} <= {path.stem for path in RECIPES}


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_network_is_of_its_recipe(path):
    recipe, network = read_recipe(path), read_network(path.with_suffix(".nir"))
    assert recipe.name == network.name == path.stem
    untrained = build_network(recipe, build_rule(recipe), IMAGES[recipe.dataset])
    assert network.input_shape == untrained.input_shape and network.ticks == untrained.ticks
    assert network.encoding.keys() == untrained.encoding.keys()
    assert network.encoding["name"] == untrained.encoding["name"]
    for mine, fresh in zip(network.populations, untrained.populations, strict=True):
        assert (mine.name, mine.shape, mine.group) == (fresh.name, fresh.shape, fresh.group)
    for mine, fresh in zip(network.connections, untrained.connections, strict=True):
        assert (mine.format, mine.weight.shape) == (fresh.format, fresh.weight.shape)
        assert mine.geometry == fresh.geometry
    record = network.record
    assert (record["seed"], record["topology"]) == (recipe.seed, recipe.topology)
    assert record["accuracy"]["integer"] == record["accuracy"]["fake_quantized"]
    assert path.with_suffix(".nir").stat().st_size < 1 << 20


def test_digits_accuracy_is_as_recorded():
    network, data = read_network(ZOO / "digits.nir"), load("digits", "test")
    measured = accuracy(integer_scores(network, data.images), data)
    assert measured == network.record["accuracy"]["integer"] >= 0.93
    assert network.record["test_images"] == 360


def test_salinas_a_is_as_accurate_as_promised():
    """99.0 % of the test pixels, and at most half a point below floats."""
    record = read_network(ZOO / "salinas-a.nir").record
    assert record["test_images"] == 3_209
    accuracy = record["accuracy"]
    assert accuracy["integer"] >= max(0.99, accuracy["float"] - 0.005)


def test_faces_and_motorbikes_are_as_accurate_as_promised():
    record = read_network(ZOO / "caltech-stdbp.nir").record
    assert record["test_images"] == 733
    assert record["accuracy"]["integer"] >= 0.985


@pytest.mark.parametrize("name", PROMISED)
def test_networks_are_as_accurate_as_promised(name):
    record = read_network(ZOO / f"{name}.nir").record
    assert record["test_images"] == 10_000
    assert record["accuracy"]["integer"] >= PROMISED[name] / 100
