"""Bit fields, rectangles, and the list of what is wrong."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Arrays", "Integers", "Mistakes", "bits", "columns_of", "cores_of", "named"]

Arrays = dict[str, npt.NDArray[Any]]
Integers = npt.NDArray[np.int64]
_TOLD = 5  # mistakes of a kind that are told one by one


@dataclass
class Mistakes:
    """Kinds of mistakes: how many of each, and the first of them in words."""

    count: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)

    def add(self, kind: str, text: str, times: int = 1) -> None:
        """One mistake, or `times` of which `text` tells the first."""
        if self.count[kind] < _TOLD:
            self.told.append(f"{kind}: {text}")
        self.count[kind] += times

    def __bool__(self) -> bool:
        return bool(self.count)


def bits(words: npt.NDArray[Any] | int, first: int, count: int) -> Integers:
    """Field of `count` bits from bit `first` on."""
    wide = np.asarray(words).astype(np.uint64)
    return ((wide >> np.uint64(first)) & np.uint64((1 << count) - 1)).astype(np.int64)


def cores_of(words: npt.NDArray[Any], first: int, width: int, height: int) -> list[Integers | None]:
    """Per word the cores of its rectangle, x0, y0, x1, y1 of 3 bits each from bit `first` on, row
    by row; None for a rectangle that is empty or leaves the mesh.
    """
    sides = [bits(words, first + 3 * i, 3) for i in range(4)]
    found: list[Integers | None] = []
    for x0, y0, x1, y1 in zip(*(s.tolist() for s in sides), strict=True):
        inside = x0 <= x1 < width and y0 <= y1 < height
        rows, columns = np.arange(y0, y1 + 1), np.arange(x0, x1 + 1)
        found.append(np.add.outer(rows * width, columns).ravel() if inside else None)
    return found


def columns_of(population: str, arrays: Arrays) -> list[tuple[int, int]]:
    """Per neuron of a population the core that an image places it on, and its column there."""
    core, column = (arrays[f"population/{population}/{n}"].tolist() for n in ("core", "column"))
    return [*zip(core, column, strict=True)]


def named(population: str, index: int, shape: tuple[int, ...]) -> str:
    """A neuron or input element for people: h[3, 0, 7]."""
    place = ", ".join(str(int(i)) for i in np.unravel_index(int(index), shape))
    return f"{population}[{place}]"
