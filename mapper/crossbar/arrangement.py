"""A placement under the exact cost, improved by swaps."""

from functools import cache

import numpy as np

from ..mesh import cover
from .flows import HOST, Flows
from .params import ChipParams

__all__ = ["Arrangement"]


class Arrangement:
    """Cores on places, and the hops of every flow: links from router to router x spikes.

    places: place of each core; a mesh of more places than cores is filled up with idle cores
    hops:   of all flows together
    """

    def __init__(self, flows: Flows, params: ChipParams, places: list[int] | None = None) -> None:
        self._params = params
        self.places = places or [*range(params.cores)]
        self._origin, self._rate = flows.origin.tolist(), flows.rate.tolist()
        self._cores = [int(mask) for mask in flows.cores]
        self._users: list[list[int]] = [[] for _ in range(params.cores)]
        for row, (origin, mask) in enumerate(zip(self._origin, self._cores, strict=True)):
            for core in range(params.cores):
                if mask >> core & 1 or core == origin:
                    self._users[core].append(row)
        self._rectangles = cache(self._cover)
        self._sets = [self._placed(mask) for mask in self._cores]
        self._cost = [self._hops(row, placed) for row, placed in enumerate(self._sets)]

    @property
    def hops(self) -> float:
        """Spikes x links, of all flows."""
        return float(sum(self._cost))

    def improve(self, rng: np.random.Generator) -> None:
        """Swap pairs of cores, in random order, until no swap helps."""
        pairs = np.stack(np.triu_indices(self._params.cores, 1), axis=1)
        while sum([self._try(a, b) for a, b in rng.permutation(pairs).tolist()]):
            pass

    def _try(self, a: int, b: int) -> bool:
        """Swap two cores if that saves hops."""
        rows = {*self._users[a], *self._users[b]}
        if not rows:
            return False
        places = self.places
        places[a], places[b] = places[b], places[a]
        sets = {row: self._moved(row, a, b) for row in rows}
        cost = {row: self._hops(row, placed) for row, placed in sets.items()}
        if sum(cost.values()) < sum(self._cost[row] for row in rows) - 1e-9:
            for row in rows:
                self._sets[row], self._cost[row] = sets[row], cost[row]
            return True
        places[a], places[b] = places[b], places[a]
        return False

    def _moved(self, row: int, a: int, b: int) -> int:
        """The places of a flow's destinations after cores a and b were swapped."""
        mask = self._cores[row]
        if (mask >> a & 1) == (mask >> b & 1):
            return self._sets[row]
        return self._sets[row] ^ (1 << self.places[a] | 1 << self.places[b])

    def _placed(self, mask: int) -> int:
        return sum(1 << place for core, place in enumerate(self.places) if mask >> core & 1)

    def _hops(self, row: int, placed: int) -> float:
        """Hops of a flow whose destinations stand on these places, see `links.tree_hops`."""
        origin = self._origin[row]
        x, y = (0, 0) if origin == HOST else self._params.position(self.places[origin])
        if not placed:
            return self._rate[row] * (x + y)
        return self._rate[row] * sum(
            max(x1, x) - min(x0, x) + (x1 - x0 + 1) * (max(y1, y) - min(y0, y))
            for x0, y0, x1, y1 in self._rectangles(placed)
        )

    def _cover(self, placed: int) -> list[tuple[int, int, int, int]]:
        return cover({self._params.position(i) for i in range(placed.bit_length())
                      if placed >> i & 1})  # fmt: skip
