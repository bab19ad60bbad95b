"""Records: which images are right, and the recipe, survive as plain JSON."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from algo.record import correct_facts, recipe_facts, recorded_correct, recorded_recipe
from mapper.errors import InputError


@given(st.integers(1, 3500), st.integers(0, 2**32 - 1))
def test_round_trip(count, seed):
    correct = np.random.default_rng(seed).random(count) < 0.9
    facts = json.loads(json.dumps(correct_facts(correct)))
    assert sum(facts["correct_per_thousand"]) == correct.sum()
    assert facts["correct_per_thousand"][0] == correct[:1000].sum()
    assert len(facts["correct_per_thousand"]) == -(-count // 1000)
    assert (recorded_correct(facts | {"test_images": count}, "x") == correct).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"correct_images": None}, "x: the network's record does not say which images are right"),
        ({"correct_images": "zz"}, "does not say which images"),
        (
            {"correct_images": "0f"},
            "x: correct_images, correct_per_thousand and test_images disagree",
        ),
        ({"correct_per_thousand": [4]}, "disagree"),
        ({"test_images": 300}, "disagree"),
        ({"test_images": "many"}, "does not say which images"),
    ],
)
def test_damaged_records(change, message):
    record = correct_facts(np.arange(9) % 2 == 0) | {"test_images": 9}
    assert recorded_correct(record, "x").sum() == 5
    with pytest.raises(InputError, match=message):
        recorded_correct(record | change, "x")


@pytest.mark.parametrize("base", ["scatter_gather", "stbp"])
def test_recipe(make_recipe, base):
    recipe = make_recipe(base, description="words")
    facts = json.loads(json.dumps(recipe_facts(recipe)))
    assert recorded_recipe(facts, "x") == recipe.model_copy(update={"description": ""})
    assert "description" not in facts["settings"] and "flip" not in facts["settings"]["training"]
    assert recipe_facts(make_recipe(base)) == facts
    other = recipe_facts(make_recipe(base, training={"batch": 65}))
    assert other["recipe_sha256"] != facts["recipe_sha256"]
    with pytest.raises(InputError, match="x: the network's record holds no recipe"):
        recorded_recipe({}, "x")
    facts["settings"]["seed"] = -1
    with pytest.raises(InputError, match="x: recipe in the record: seed: should be greater"):
        recorded_recipe(facts, "x")
