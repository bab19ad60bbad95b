"""Small recipes for the tests of training."""

import copy

import pytest

from algo.recipe import Recipe, parse_recipe

VALUES = {
    "name": "tiny",
    "seed": 3,
    "dataset": "digits",
    "topology": "64-24-10",
    "ticks": 1,
    "encoding": {"name": "binarize", "threshold": 6},
    "rule": {"name": "scatter_gather"},
    "training": {
        "epochs": 3,
        "batch": 64,
        "learning_rate": 0.01,
        "validation": 200,
        "calibration": 500,
    },
}
STBP = {
    "ticks": 4,
    "encoding": {"name": "rate_if", "maximum": 16},
    "rule": {"name": "stbp", "decay": "shift 2", "readout_weights": "int6"},
}


@pytest.fixture(scope="session")
def recipe_values():
    """A function: contents of a small valid recipe of the given rule, with changes."""

    def values(base="scatter_gather", training=(), **changes):
        result = copy.deepcopy(VALUES) | copy.deepcopy(STBP if base == "stbp" else {}) | changes
        result["training"] |= dict(training)
        return result

    return values


@pytest.fixture(scope="session")
def make_recipe(recipe_values):
    """A function: the same, as a Recipe."""

    def make(*arguments, **changes) -> Recipe:
        return parse_recipe(recipe_values(*arguments, **changes), "test")

    return make
