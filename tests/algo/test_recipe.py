"""Recipes: what is accepted, and what each mistake is told."""

import pytest

from algo.recipe import parse_recipe, parse_topology, read_recipe
from mapper.errors import InputError


def test_valid(make_recipe):
    recipe = make_recipe("stbp")
    assert recipe.layers == (64, 24, 10) and recipe.rule.decay == 2
    # What the run folder stores is read back as the same recipe.
    assert parse_recipe(recipe.model_dump(mode="json"), "again") == recipe


def test_toml_file(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(
        'name = "small"\nseed = 1\ndataset = "digits"\ntopology = "64-9-10"\n'
        '[encoding]\nname = "binarize"\nthreshold = 6\n[rule]\nname = "scatter_gather"\n'
        "[training]\nepochs = 2\nvalidation = 100\n"
    )
    assert read_recipe(path).training.batch == 128


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sead": 1}, "sead: unknown key"),
        ({"seed": -1}, "seed: should be greater than or equal to 0, not -1"),
        ({"seed": "1"}, "seed: should be a valid integer, not '1'"),
        ({"name": "../x"}, "name: .*pattern"),
        ({"dataset": "cifar"}, "dataset: unknown data set 'cifar'; known: digits"),
        ({"topology": "64x10"}, "topology: topology '64x10': expected neurons per layer"),
        ({"ticks": 0}, "ticks: should be greater than or equal to 1, not 0"),
        ({"encoding": {"name": "x"}}, "encoding: unknown encoding 'x'; known: binarize"),
        ({"encoding": {"name": "binarize", "threshold": 256}}, r"threshold .* 1\.\.255, not 256"),
        ({"rule": {"name": "hebb"}}, "rule.name: unknown rule 'hebb'; known: scatter_gather, st"),
        ({"rule": "stbp"}, r"rule: expected a table \[rule\] with a name"),
        ({"rule": {"name": ["a"]}}, r"unknown rule \['a'\]"),
        ({"rule": {"name": "stbp", "dcay": 1}}, "rule.dcay: unknown key"),
        ({"rule": {"name": "stbp", "decay": 8}}, "rule.decay: should be less than or equal to 7"),
        ({"rule": {"name": "stbp", "weights": "int9"}}, "rule.weights: .*'ternary'.*, not 'int9'"),
        ({"training": {"epochs": 0, "validation": 1}}, "training.epochs: .* to 1, not 0"),
        ({"training": {"epochs": 1}}, "training.validation: missing"),
        ({"training": {"epochs": 1, "validation": 1, "learning_rate": 0}}, "learning_rate: .*0"),
        ({"training": {"epochs": 1, "validation": 1, "learning_rate": float("nan")}}, "nan"),
        ({"training": {"epochs": 1, "validation": 1, "lr": 0.1}}, "training.lr: unknown key"),
        ({"training": 3}, "training: "),
    ],
)
def test_mistakes(recipe_values, change, message):
    with pytest.raises(InputError, match=f"(?s)^my.toml: .*{message}") as caught:
        parse_recipe(recipe_values() | change, "my.toml")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"), [(b"name = ", "not readable as TOML"), (b"\xff\xfe", "not readable")]
)
def test_broken_file(tmp_path, content, message):
    (tmp_path / "x.toml").write_bytes(content)
    with pytest.raises(InputError, match=f"x.toml: {message}"):
        read_recipe(tmp_path / "x.toml")


def test_missing_file(tmp_path):
    with pytest.raises(InputError, match="nothing.toml: no such recipe file"):
        read_recipe(tmp_path / "nothing.toml")


@pytest.mark.parametrize(
    "text", ["", "10", "10-", "-10", "10-0-5", "10-x", "1e3-2", "5--5", "3-12345678"]
)
def test_bad_topology(text):
    with pytest.raises(InputError, match="expected neurons per layer"):
        parse_topology(text)
