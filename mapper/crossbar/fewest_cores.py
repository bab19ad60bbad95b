"""Fewer cores than the paper's patches: bands of unequal patches, smaller windows at borders."""

import math
from collections.abc import Iterator
from itertools import permutations
from typing import NamedTuple

from .channel_major import channel_major
from .params import CoreParams
from .patches import LayerShape, PatchPlan, Range, Tile, cut

__all__ = ["fewest_cores"]


def fewest_cores(shape: LayerShape, core: CoreParams) -> PatchPlan:
    """Never more cores than `channel_major`, whose plan it returns unless it finds fewer.

    Cuts the output map into bands along one dimension and each band for itself along the next
    (in every order of dimensions), and each patch into as few slices of channels as it needs.
    Exact among those: patches need not be square or equal, and f is each patch's own. A patch at
    the border of a padded map looks at fewer inputs, so it may be larger. InputError: as there.
    """
    published = channel_major(shape, core)
    orders = permutations(range(len(shape.size)))
    best = min((_Bands(shape, core, order) for order in orders), key=lambda b: b.cover().cost)
    if best.cover().cost[0] >= published.cores:
        return published
    tiles = tuple(best.tiles())
    full = max(tiles, key=lambda t: t.columns)
    return PatchPlan(
        shape, core,
        (*_lengths(full.inputs), shape.depth_in),
        (*_lengths(full.outputs), *_lengths((full.channels,))),
        full.extension, tiles,
    )  # fmt: skip


class _Cover(NamedTuple):
    """How to cover some dimensions. cost: cores, then axons of them all; ranges: the cuts."""

    cost: tuple[float, float]
    ranges: tuple[Range, ...] = ()


_IMPOSSIBLE = _Cover((math.inf, math.inf))


class _Bands:
    """The best cuts in one order of the dimensions, found from the last dimension to the first.

    What remains to be cut matters only through `outputs` and `inputs`, the places so far: so
    equal bands are solved once.
    """

    def __init__(self, shape: LayerShape, core: CoreParams, order: tuple[int, ...]) -> None:
        self._shape, self._core, self._order = shape, core, order
        self._found: dict[tuple[int, int, int], _Cover] = {}

    def cover(self, level: int = 0, outputs: int = 1, inputs: int = 1) -> _Cover:
        """Cover dimensions order[level:], all channels, given the patch's size in the others."""
        key = (level, outputs, inputs)
        if key not in self._found:
            last = level == len(self._order)
            self._found[key] = self._slices(outputs, inputs) if last else self._band(*key)
        return self._found[key]

    def _slices(self, outputs: int, inputs: int) -> _Cover:
        room = self._shape.depth_room(outputs, inputs, self._core)
        if not room:
            return _IMPOSSIBLE
        slices = cut(self._shape.depth_out, room)
        return _Cover((len(slices), len(slices) * self._shape.axons(inputs)), tuple(slices))

    def _band(self, level: int, outputs: int, inputs: int) -> _Cover:
        """best[stop] covers 0..stop-1; a longer last piece fits only where a shorter one does."""
        dimension = self._order[level]
        best = [_Cover((0, 0))]
        for stop in range(1, self._shape.output_size[dimension] + 1):
            found = _IMPOSSIBLE
            for start in range(stop - 1, -1, -1):
                places = self._places(dimension, (start, stop), outputs, inputs)
                piece, before = self.cover(level + 1, *places), best[start]
                if piece is _IMPOSSIBLE:
                    break
                cost = (piece.cost[0] + before.cost[0], piece.cost[1] + before.cost[1])
                if cost < found.cost:
                    found = _Cover(cost, (*before.ranges, (start, stop)))
            best.append(found)
        return best[-1]

    def _places(self, dimension: int, piece: Range, outputs: int, inputs: int) -> tuple[int, int]:
        """Outputs and inputs of a patch, with its piece of one more dimension."""
        start, stop = self._shape.window(dimension, piece)
        return outputs * (piece[1] - piece[0]), inputs * (stop - start)

    def tiles(
        self, pieces: tuple[Range, ...] = (), outputs: int = 1, inputs: int = 1
    ) -> Iterator[Tile]:
        """The tiles of the best cover; `pieces` of the first dimensions are chosen already."""
        level = len(pieces)
        for piece in self.cover(level, outputs, inputs).ranges:
            if level < len(self._order):
                places = self._places(self._order[level], piece, outputs, inputs)
                yield from self.tiles((*pieces, piece), *places)
            else:
                place = dict(zip(self._order, pieces, strict=True))
                ranges = tuple(place[i] for i in range(level))
                yield self._shape.tile(ranges, piece, self._shape.extension(inputs, self._core))


def _lengths(ranges: tuple[Range, ...]) -> tuple[int, ...]:
    return tuple(stop - start for start, stop in ranges)
