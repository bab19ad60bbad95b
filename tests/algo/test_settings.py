"""Changed recipes: as if the file had said so, and the same errors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algo.recipe import parse_recipe
from algo.settings import changed_recipe, combinations, parse_setting
from mapper.errors import InputError


def change(recipe, *texts):
    (changes,) = combinations(map(parse_setting, texts))
    return changed_recipe(recipe, changes)


def test_as_if_the_file_said_so(make_recipe, recipe_values):
    changed = change(
        make_recipe("stbp"), "training.epochs=7", "rule.weights,rule.readout_weights=int4",
        "seed=9", "training.flip=true", "training.learning_rate=1e-3", 'dataset="mnist"',
        "topology=784-30-10", "description=a few words",
    )  # fmt: skip
    values = recipe_values("stbp", dataset="mnist", topology="784-30-10", seed=9)
    values["description"] = "a few words"
    values["rule"] |= {"weights": "int4", "readout_weights": "int4"}
    values["training"] |= {"epochs": 7, "flip": True, "learning_rate": 1e-3}
    assert changed == parse_recipe(values, "test")
    assert changed_recipe(changed, {}) is changed


def test_a_table_may_be_replaced_as_a_whole(make_recipe):
    recipe = make_recipe()
    assert change(recipe, 'rule={name = "stbp"}', "ticks=4").rule.name == "stbp"
    assert change(recipe, "rule.name=stbp").rule.name == "stbp"  # defaults do not get in the way


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("training.epochs=0", "training.epochs: should be greater than or equal to 1, not 0"),
        ("training.epochs=many", "training.epochs: should be a valid integer, not 'many'"),
        ("training.epochs=3.0", "training.epochs: should be a valid integer, not 3.0"),
        ("trainng.epochs=3", "trainng: unknown key"),
        ("rule.decya=3", "rule.decya: unknown key"),
        ("rule.weights=int9", "rule.weights: .*'ternary'.*, not 'int9'"),
        ("training=3", "training: "),
        ("training.epochs.x=3", "setting training.epochs.x: epochs is not a table"),
        ("epochs", "setting 'epochs': expected KEY=VALUE, such as training.epochs=3"),
        ("=3", "expected KEY=VALUE"),
        ("seed=", "expected KEY=VALUE"),
        ("seed,=3", "expected KEY=VALUE"),
        ("seed=1,,2", "expected KEY=VALUE"),
        ("seed=1,1", "setting seed: a value is given twice"),
    ],
)
def test_mistakes(make_recipe, text, message):
    with pytest.raises(InputError, match=message) as caught:
        change(make_recipe(), text)
    assert "\n" not in str(caught.value)


def test_combinations_are_all_choices():
    settings = [parse_setting(text) for text in ("a=1,2", "b,c.d=x,y", "e=true")]
    assert combinations(settings) == [
        {"a": a, "b,c.d": b, "e": True} for a in (1, 2) for b in ("x", "y")
    ]
    assert combinations([]) == [{}]


@given(st.text(alphabet=st.characters(exclude_characters=",", exclude_categories=["Cs"])))
def test_any_text_is_a_value_or_refused(text):
    try:
        (value,) = parse_setting(f"key={text}").values
    except InputError:
        assert not text.strip()
    else:
        assert value is not None
