"""Mesh shapes, and rectangles that cover sets of cores for multicast."""

from ..packets import MESH_BITS

__all__ = ["cover", "mesh_shape"]

Rectangle = tuple[int, int, int, int]


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
