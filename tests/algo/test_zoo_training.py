"""The zoo's recipes and the networks beside them."""

from pathlib import Path

import pytest

from algo.datasets import load
from algo.evaluate import accuracy, integer_scores
from algo.recipe import read_recipe
from mapper.nir_io import read_network

ZOO = Path(__file__).parents[2] / "flows" / "zoo"
RECIPES = sorted(ZOO.glob("*.toml"))


def test_there_are_recipes():
    assert {"digits", "mnist-ternary", "mnist-lif"} <= {path.stem for path in RECIPES}


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_network_is_of_its_recipe(path):
    recipe, network = read_recipe(path), read_network(path.with_suffix(".nir"))
    assert recipe.name == network.name == path.stem
    sizes = (network.n_inputs, *(p.n for p in network.populations))
    assert sizes == recipe.layers and network.ticks == recipe.ticks
    assert network.encoding == recipe.encoding
    record = network.record
    assert (record["seed"], record["topology"]) == (recipe.seed, recipe.topology)
    assert record["accuracy"]["integer"] == record["accuracy"]["fake_quantized"]
    assert path.with_suffix(".nir").stat().st_size < 1 << 20


def test_digits_accuracy_is_as_recorded():
    network, data = read_network(ZOO / "digits.nir"), load("digits", "test")
    measured = accuracy(integer_scores(network, data.images), data)
    assert measured == network.record["accuracy"]["integer"] >= 0.93
    assert network.record["test_images"] == 360
