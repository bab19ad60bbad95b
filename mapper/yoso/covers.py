"""Rectangles for a multicast: of two covers of the same PEs the one with fewer links."""

from functools import lru_cache

from ..mesh import cover
from .layout import TARGETS

__all__ = ["Sides", "Spot", "cover_from"]

Sides = tuple[int, int, int, int]
Spot = tuple[int, int]


def cover_from(origin: Spot, spots: set[Spot]) -> list[Sides]:
    """Disjoint rectangles (x0, y0, x1, y1) whose union is `spots`: wide ones or tall ones, what
    takes fewer links from `origin`, but no more than a PE has targets if that can be.
    """

    def cost(found: list[Sides]) -> tuple[bool, int, int]:
        return len(found) > len(TARGETS), sum(_links(origin, r) for r in found), len(found)

    return min(_covers(frozenset(spots)), key=cost)


@lru_cache(1 << 12)
def _covers(spots: frozenset[Spot]) -> tuple[list[Sides], list[Sides]]:
    """Wide and tall. All PEs of a layer ask for the same ones."""
    tall = cover({(y, x) for x, y in spots})
    return cover({*spots}), [(x0, y0, x1, y1) for y0, x0, y1, x1 in tall]


def _links(origin: Spot, sides: Sides) -> int:
    """Of the tree to a rectangle: along the row of the origin, then every column both ways."""
    (x, y), (x0, y0, x1, y1) = origin, sides
    across = max(y1, y) - min(y0, y)
    return max(x1, x) - min(x0, x) + (x1 - x0 + 1) * across
