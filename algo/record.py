"""What an exported network says about its origin and about every test image."""

import hashlib
import json
from typing import Any

import numpy as np
import numpy.typing as npt

from mapper.errors import InputError

from .recipe import Recipe, parse_recipe

__all__ = ["correct_facts", "recipe_facts", "recorded_correct", "recorded_recipe"]

_BLOCK = 1000


def recipe_facts(recipe: Recipe) -> dict[str, Any]:
    """The recipe as part of a record.

    settings:      as in a recipe file, but for the description and for what is default, so that
                   new keys change nothing
    recipe_sha256: of the settings as JSON without spaces, keys sorted
    """
    settings = recipe.model_dump(mode="json", exclude_defaults=True, exclude={"description"})
    text = json.dumps(settings, sort_keys=True, separators=(",", ":"))
    return {"settings": settings, "recipe_sha256": hashlib.sha256(text.encode()).hexdigest()}


def recorded_recipe(record: dict[str, Any], where: str) -> Recipe:
    """The recipe that a record holds; InputError, beginning with `where`, when there is none."""
    settings = record.get("settings")
    if not isinstance(settings, dict):
        raise InputError(f"{where}: the network's record holds no recipe")
    return parse_recipe(settings, f"{where}: recipe in the record")


def correct_facts(correct: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """Which test images (N,) the integers got right, as part of a record.

    correct_per_thousand: their number in each 1,000 images, in order; the last may be shorter
    correct_images:       one bit per image, hexadecimal; image i is bit i % 8 of byte i // 8
    """
    blocks = np.split(correct, range(_BLOCK, len(correct), _BLOCK))
    bits = np.packbits(correct, bitorder="little")
    return {
        "correct_per_thousand": [int(block.sum()) for block in blocks],
        "correct_images": bits.tobytes().hex(),
    }


def recorded_correct(record: dict[str, Any], where: str) -> npt.NDArray[np.bool_]:
    """The inverse, bool (N,); InputError, beginning with `where`, for a record without it."""
    try:
        bits = np.frombuffer(bytes.fromhex(record["correct_images"]), np.uint8)
        correct = np.unpackbits(bits, count=record["test_images"], bitorder="little").astype(bool)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{where}: the network's record does not say which images are right ({error!r}); "
            "export it again"
        ) from error
    if any(record.get(key) != value for key, value in correct_facts(correct).items()):
        raise InputError(f"{where}: correct_images, correct_per_thousand and test_images disagree")
    return correct
