"""The paper's patches: channel-major, then square-major (Zou et al. 2021, Algorithms 1 and 2)."""

import math
from collections.abc import Iterator

from .params import CoreParams
from .patches import LayerShape, PatchPlan, regular_plan

__all__ = ["channel_major"]

_SQUARE = 2
"""Most that the sides of a patch may differ."""


def channel_major(shape: LayerShape, core: CoreParams) -> PatchPlan:
    """Equal patches with the most output channels; among those the fewest cores.

    The algorithms are worded loosely; this order of preferences gives every patch that the paper
    prints: most channels; sides that differ by at most 2; fewest cores; most outputs; smallest
    input patch (and so f); most square. A side that is the whole map's may differ from the others
    (maps of 1 x n, and of other ranks, have no square patches). InputError: it fits at no f.
    """
    ones = (1,) * len(shape.size)
    depth = shape.depth_room(1, math.prod(shape.input_patch(ones)), core)
    found = _sizes(shape, core, depth, ()) if depth else iter(())
    candidates = [s for s in found if _spread(s, shape.output_size) <= _SQUARE]

    def preference(sizes: tuple[int, ...]) -> tuple[int, ...]:
        cores = math.prod(-(-n // s) for n, s in zip(shape.output_size, sizes, strict=True))
        inputs = math.prod(shape.input_patch(sizes))
        return cores, -math.prod(sizes), inputs, _spread(sizes), *sizes

    return regular_plan(shape, core, min(candidates, key=preference, default=ones))


def _sizes(
    shape: LayerShape, core: CoreParams, depth: int, first: tuple[int, ...]
) -> Iterator[tuple[int, ...]]:
    """Spatial sizes, beginning with `first`, of which a core holds `depth` channels."""
    rest = len(shape.size) - len(first)
    if not rest:
        yield first
        return
    for n in range(1, shape.output_size[len(first)] + 1):
        least = (*first, n, *(1,) * (rest - 1))  # a patch that does not fit stays so as it grows
        room = shape.depth_room(math.prod(least), math.prod(shape.input_patch(least)), core)
        if room < depth:
            return
        yield from _sizes(shape, core, depth, (*first, n))


def _spread(sizes: tuple[int, ...], whole: tuple[int, ...] = ()) -> int:
    """Largest side less smallest; sides that are as long as `whole` do not count."""
    sides = [s for i, s in enumerate(sizes) if whole[i : i + 1] != (s,)]
    return max(sides, default=0) - min(sides, default=0)
