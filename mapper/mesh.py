"""Meshes: their sizes and positions, and rectangles that cover sets of cores for multicast."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from .errors import InputError
from .packets import MESH_BITS

__all__ = ["MeshParams", "cover", "mesh_shape", "near_square"]

Rectangle = tuple[int, int, int, int]


@dataclass(frozen=True, kw_only=True)
class MeshParams(ABC):
    """A mesh, width x height, each 1..8. A fabric adds what stands at its crossings."""

    width: int
    height: int

    fabric: ClassVar[str]

    def __post_init__(self) -> None:
        for name in ("width", "height"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int):
                raise InputError(f"chip parameter {name} must be an integer, not {value!r}")
            if not 1 <= value <= 1 << MESH_BITS:
                raise InputError(f"chip parameter {name} must be in 1..8, not {value}")

    @property
    def cores(self) -> int:
        """Number of cores."""
        return self.width * self.height

    @property
    @abstractmethod
    def neurons(self) -> int:
        """Places for neurons on all cores together: no more can fire in a tick."""

    def position(self, core: int) -> tuple[int, int]:
        """(x, y) of a core; cores are numbered row by row."""
        return core % self.width, core // self.width


def mesh_shape(cores: int, wanted: tuple[int, int] | None = None) -> tuple[int, int]:
    """(width, height) of the smallest mesh for `cores` cores, the most square among equals; the
    largest, 8 x 8, when no mesh holds them all at once. `wanted` overrides it.
    """
    side = 1 << MESH_BITS
    if wanted:
        return wanted
    shapes = [
        (w, h)
        for w in range(1, side + 1)
        for h in range(1, w + 1)
        if w * h >= min(cores, side * side)
    ]
    return min(shapes, key=lambda s: (s[0] * s[1], s[0] - s[1]))


def near_square(cores: int) -> tuple[int, int]:
    """(width, height) of a mesh for `cores` cores with sides that differ by 1 at most; the
    largest, 8 x 8, when no mesh holds them all.
    """
    width = min(math.isqrt(max(cores, 1) - 1) + 1, 1 << MESH_BITS)
    return width, min(-(-cores // width), 1 << MESH_BITS)


def cover(cores: set[tuple[int, int]]) -> list[Rectangle]:
    """Disjoint rectangles (x0, y0, x1, y1), inclusive, whose union is exactly `cores`.

    Greedy from the top left: widest row first, then as many equal rows below as there are.
    """
    left, found = set(cores), list[Rectangle]()
    while left:
        x0, y0 = min(left, key=lambda p: (p[1], p[0]))
        x1 = x0
        while (x1 + 1, y0) in left:
            x1 += 1
        y1 = y0
        while all((x, y1 + 1) in left for x in range(x0, x1 + 1)):
            y1 += 1
        found.append((x0, y0, x1, y1))
        left -= {(x, y) for x in range(x0, x1 + 1) for y in range(y0, y1 + 1)}
    return found
