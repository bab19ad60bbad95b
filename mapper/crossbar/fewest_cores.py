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
        """Cut dimension order[level]: best[stop] is the cost of 0..stop-1, for every stop.

        Its last piece begins at starts[stop]. A longer piece takes no fewer cores, and fits only
        where a shorter one does: the search for the last piece ends early.
        """
        dimension = self._order[level]
        size = self._shape.output_size[dimension]
        windows = [self._shape.window(dimension, (o, o + 1)) for o in range(size)]
        prices: dict[tuple[int, int], tuple[float, float]] = {}
        best, starts = [(0.0, 0.0)], [0]
        for stop in range(1, size + 1):
            found, first = _IMPOSSIBLE.cost, 0
            for start in range(stop - 1, -1, -1):
                n, window = stop - start, windows[stop - 1][1] - windows[start][0]
                if (n, window) not in prices:
                    cover = self.cover(level + 1, outputs * n, inputs * window)
                    prices[n, window] = cover.cost
                piece, before = prices[n, window], best[start]
                if piece[0] > found[0] or piece[0] == math.inf:
                    break
                cost = (piece[0] + before[0], piece[1] + before[1])
                if cost < found:
                    found, first = cost, start
            best.append(found)
            starts.append(first)
        return _Cover(best[-1], _chain(starts)) if best[-1] != _IMPOSSIBLE.cost else _IMPOSSIBLE

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


def _chain(starts: list[int]) -> tuple[Range, ...]:
    """The pieces, when the piece that ends at `stop` begins at starts[stop]."""
    pieces, stop = [], len(starts) - 1
    while stop:
        pieces.append((starts[stop], stop))
        stop = starts[stop]
    return tuple(reversed(pieces))


def _lengths(ranges: tuple[Range, ...]) -> tuple[int, ...]:
    return tuple(stop - start for start, stop in ranges)
