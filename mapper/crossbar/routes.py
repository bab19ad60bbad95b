"""Spike routes: from every neuron and input element to the axons that it drives."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..mesh import cover
from ..packets import SIDES, SPIKE, rectangle, spike_packet
from .layout import ROUTE
from .params import ChipParams

__all__ = ["Shared", "Targets", "find_targets", "host_routes", "shared_axons"]

Indices = npt.NDArray[np.int64]
Shared = tuple[Indices, Indices, npt.NDArray[np.uint64]]
"""(element, axon, bit mask of places): the places in whose cores the element drives this axon."""


@dataclass(frozen=True)
class Targets:
    """Packets that a source's elements send: rows start[i] to start[i + 1] - 1 are element i's.

    axon: (packets,) axon in the cores of the rectangle; sides: (packets, 4), x0, y0, x1, y1
    """

    start: Indices
    axon: Indices
    sides: Indices

    def of(self, elements: Indices) -> tuple[Indices, Indices]:
        """(packets per element, the rows of these elements one after the other)."""
        count = self.start[elements + 1] - self.start[elements]
        first = np.repeat(self.start[elements] - (np.cumsum(count) - count), count)
        return count, first + np.arange(count.sum())

    def only(self, keep: npt.NDArray[np.bool_]) -> "Targets":
        """Without the packets of elements that are not kept."""
        count, rows = self.of(np.flatnonzero(keep))
        counts = np.zeros(len(keep), np.int64)
        counts[keep] = count
        start = np.concatenate([[0], np.cumsum(counts)])
        return Targets(start, self.axon[rows], self.sides[rows])

    def route_words(self, rows: Indices, params: ChipParams) -> Indices:
        """ROUTE words of these rows."""
        phase, row = np.divmod(self.axon[rows], params.core.axons)
        where = dict(zip(SIDES, self.sides[rows].T, strict=True))
        return ROUTE.pack(row=row, phase=phase, **where).astype(np.int64)

    def packets(self, params: ChipParams) -> npt.NDArray[np.uint64]:
        """SPIKE packets of all rows."""
        phase, row = np.divmod(self.axon, params.core.axons)
        return spike_packet(row, phase, **rectangle(*self.sides.T))


def shared_axons(uses: Iterable[tuple[int, Indices, Indices]]) -> Shared:
    """Which cores number an element's axon alike, one row per element and axon, in order.

    uses: (place in the mesh, elements, their axons there), for each core that needs the source
    """
    parts = [(np.full(len(e), place), e, a) for place, e, a in uses]
    if not parts:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.uint64)
    place, element, axon = (np.concatenate(p) for p in zip(*parts, strict=True))
    order = np.lexsort((axon, element))
    place, element, axon = place[order], element[order], axon[order]
    new = np.flatnonzero(np.diff(element, prepend=-1) | np.diff(axon, prepend=-1))
    cores = np.bitwise_or.reduceat(np.uint64(1) << place.astype(np.uint64), new)
    return element[new], axon[new], cores


def find_targets(size: int, shared: Shared, params: ChipParams) -> Targets:
    """Cores that number an element's axon alike share multicast rectangles.

    size: elements of the source; shared: of `shared_axons`
    """
    element, axon, cores = shared
    if not len(element):
        return Targets(np.zeros(size + 1, np.int64), np.zeros(0, np.int64), np.zeros((0, 4), int))
    sets, which = np.unique(cores, return_inverse=True)
    covers = [_rectangles(int(s), params) for s in sets]
    count = np.array([len(c) for c in covers])[which]
    sides = np.concatenate(covers)
    first = np.concatenate([[0], np.cumsum([len(c) for c in covers])])[which]
    rows = np.repeat(first - (np.cumsum(count) - count), count) + np.arange(count.sum())
    per_element = np.bincount(element, weights=count, minlength=size).astype(np.int64)
    start = np.concatenate([[0], np.cumsum(per_element)])
    return Targets(start, np.repeat(axon, count), sides[rows])


def _rectangles(places: int, params: ChipParams) -> Indices:
    """The rectangles (n, 4) that cover a set of places, given as a bit mask."""
    chosen = {params.position(i) for i in range(params.cores) if places >> i & 1}
    return np.array(cover(chosen), np.int64).reshape(-1, 4)


def host_routes(lines: Indices) -> Indices:
    """ROUTE words to the host, with these output lines."""
    axon = SPIKE.unpack(lines)
    return ROUTE.pack(row=axon["row"], phase=axon["phase"], host=1).astype(np.int64)
