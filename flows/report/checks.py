"""What Evidence must hold before anything is drawn; a ValueError says what it does not."""

from collections.abc import Iterable
from math import isfinite
from typing import Any

__all__ = ["require", "require_numbers"]


def require(condition: bool, problem: str) -> None:
    """ValueError(problem) unless the condition holds."""
    if not condition:
        raise ValueError(problem)


def require_numbers(values: Iterable[Any]) -> None:
    """ValueError unless all values are finite ints or floats."""
    require(all(type(v) in (int, float) and isfinite(v) for v in values), "not a number")
