"""Changes to a recipe, as a command line gives them: training.epochs=3."""

import itertools
import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mapper.errors import InputError

from .recipe import Recipe, parse_recipe

__all__ = ["Setting", "changed_recipe", "combinations", "describe", "parse_setting"]


@dataclass(frozen=True)
class Setting:
    """Values that recipe keys take, one after the other.

    keys:   dotted, as "rule.weights"; several are linked and take the same value
    values: as in TOML
    """

    keys: tuple[str, ...]
    values: tuple[Any, ...]

    def __post_init__(self) -> None:
        if len(set(map(str, self.values))) < len(self.values):
            raise InputError(f"setting {','.join(self.keys)}: a value is given twice")


def parse_setting(text: str) -> Setting:
    """KEY[,KEY...]=VALUE[,VALUE...]; each VALUE is TOML, and what is not TOML is a string.

    Raises InputError when there is no key or no value.
    """
    keys, equals, values = text.partition("=")
    names, choices = keys.split(","), values.split(",")
    if not equals or not all(part.strip() for part in (*names, *choices)):
        raise InputError(f"setting {text!r}: expected KEY=VALUE, such as training.epochs=3")
    return Setting(tuple(name.strip() for name in names), tuple(map(_toml, choices)))


def _toml(text: str) -> Any:
    text = text.strip()
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):  # not TOML, huge numbers
        return text
    return parsed["value"] if len(parsed) == 1 else text


def combinations(settings: Iterable[Setting]) -> list[dict[str, Any]]:
    """Every choice of one value per setting, as {"key,key": value}; the last varies fastest."""
    names, choices = [], []
    for setting in settings:
        names.append(",".join(setting.keys))
        choices.append(setting.values)
    return [dict(zip(names, chosen, strict=True)) for chosen in itertools.product(*choices)]


def describe(changes: dict[str, Any]) -> str:
    """A combination as it may be typed: "rule.weights=int6 training.epochs=3"."""
    return " ".join(
        f"{keys}={value if isinstance(value, str) else json.dumps(value)}"
        for keys, value in changes.items()
    )


def changed_recipe(recipe: Recipe, changes: dict[str, Any]) -> Recipe:
    """`recipe` with {"key,key": value} put in; keys that it does not set may be given, too.

    Raises InputError for whatever a recipe file with these values would be refused.
    """
    if not changes:
        return recipe
    values = recipe.model_dump(mode="json", exclude_unset=True)
    for names, value in changes.items():
        for name in names.split(","):
            _put(values, name, value)
    return parse_recipe(values, f"recipe {recipe.name}, changed")


def _put(values: dict[str, Any], name: str, value: Any) -> None:
    *path, key = name.split(".")
    table: Any = values
    for part in path:
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            raise InputError(f"setting {name}: {part} is not a table of a recipe")
    table[key] = value
