"""Recipes: what is accepted, and what each mistake is told."""

from pathlib import Path

import pytest

from algo.recipe import parse_recipe, read_recipe
from mapper.errors import InputError
from mapper.topology import parse_topology

UNFINISHED = sorted((Path(__file__).parents[2] / "benchmarks/recipes").glob("*.toml"))

OFF_CHIP = {
    "topology": "8x8-4C3-10",
    "rule": {"name": "scatter_gather", "transduction": "int8"},
    "encoding": {"name": "pixels"},
}


def test_valid(make_recipe):
    recipe = make_recipe("stbp")
    assert recipe.layers == parse_topology("64-24-10") and recipe.rule.decay == "shift 2"
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
        ({"topology": "64x10"}, "topology: topology '64x10': expected layers after"),
        (
            {"topology": "8x8-4C3"},
            "topology: .* last layer must be fully connected, .* not 4C3",
        ),
        ({"topology": "8x8-4C9-10"}, "layer 1 .'4C9'.: kernel 9 is larger than the map"),
        ({"encoding": {"name": "pixels"}}, "encoding .pixels. and rule.transduction.* together"),
        (OFF_CHIP | {"encoding": {"name": "binarize", "threshold": 6}}, "go together"),
        (OFF_CHIP | {"topology": "64-10"}, "the first layer must be a convolution"),
        (OFF_CHIP | {"topology": "28x28x3-2C14-10"}, "sums of layer 2C14 reach 19042380"),
        ({"rule": {"name": "stdbp"}, "encoding": {"name": "pixels"}}, "stdbp learns from spikes"),
        ({"rule": {"name": "scatter_gather", "bound": 9}}, "rule.bound: .* equal to 8, not 9"),
        ({"topology": "64-9R-10"}, "scatter_gather cannot train the recurrent layer 9R"),
        ({"topology": "8x8-2C3s5-2x4-3C2-10"}, "cannot train layer 3C2 on a map of another shape"),
        ({"topology": "64-9-10R", "rule": {"name": "stbp"}}, "10R: the last layer must be feed-f"),
        ({"ticks": 0}, "ticks: should be greater than or equal to 1, not 0"),
        ({"encoding": {"name": "x"}}, "encoding: unknown encoding 'x'; known: binarize"),
        ({"encoding": {"name": "binarize", "threshold": 256}}, r"threshold .* 1\.\.255, not 256"),
        ({"rule": {"name": "hebb"}}, "rule.name: unknown rule 'hebb'; known: .*scatter_gather"),
        ({"rule": "stbp"}, r"rule: expected a table \[rule\] with a name"),
        ({"rule": {"name": ["a"]}}, r"unknown rule \['a'\]"),
        ({"rule": {"name": "stbp", "dcay": 1}}, "rule.dcay: unknown key"),
        ({"rule": {"name": "stbp", "decay": "shift 8"}}, "rule.decay: .*must be in 1..7, not 8"),
        ({"rule": {"name": "stbp", "decay": "shift x"}}, "decay 'shift x': expected none, clear"),
        ({"rule": {"name": "stbp", "decay": "tau 2"}}, "unknown decay 'tau'; known: none"),
        ({"rule": {"name": "stbp", "decay": 3}}, "rule.decay: should be a valid string, not 3"),
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
    with pytest.raises(InputError, match="nothing.toml: no such file"):
        read_recipe(tmp_path / "nothing.toml")


def test_recipes_of_the_benchmarks_are_valid():
    assert UNFINISHED and [read_recipe(path).name for path in UNFINISHED] == [
        path.stem for path in UNFINISHED
    ]
