"""Places: where slices stand on the mesh.

Layers follow each other along the rows or the columns of the mesh, so that few rectangles cover
each. `fewest_hops` also tries a layer in the midst of another, near those whose spikes it hears.
"""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from ..errors import InputError
from ..links import Packets, tree_hops
from ..packets import PACKET, SIDES
from .params import GridParams
from .plan import GridPlan
from .routes import find_routes
from .slices import LayerPlan

__all__ = ["Place", "fewest_hops", "in_rows"]

Place = Callable[[GridPlan, GridParams], list[int]]
"""places[i]: the PE, row by row, that holds slice i of the plan."""


def in_rows(plan: GridPlan, params: GridParams) -> list[int]:
    """One after the other. A layer is then covered by at most three rectangles."""
    return [*range(len(plan.slices))]


def fewest_hops(plan: GridPlan, params: GridParams) -> list[int]:
    """The best of many orders, by links that the packets of a sample take when every element
    spikes once; never worse than `in_rows`.
    """
    mesh = np.arange(params.cores).reshape(params.height, params.width)
    best = in_rows(plan, params)
    least = _hops(plan, best, params)
    for line in (mesh.ravel(), mesh.T.ravel()):
        order = [*range(len(plan.slices))]
        for layer in reversed(plan.layers):
            tried = [(_hops(plan, _along(line, o), params), o) for o in _moved(plan, layer, order)]
            hops, order = min(tried)
            if hops < least:
                best, least = _along(line, order), hops
    return best


def _along(line: npt.NDArray[np.int64], order: list[int]) -> list[int]:
    """Places of slices that stand in this order along a line through the mesh."""
    places = np.zeros(len(order), np.int64)
    places[order] = line[: len(order)]
    return places.tolist()


def _moved(plan: GridPlan, layer: LayerPlan, order: list[int]) -> Iterator[list[int]]:
    """One layer at every position among the others."""
    own = plan.slices_of(layer.population.name)
    others = [i for i in order if i not in own]
    for at in range(len(others) + 1):
        yield [*others[:at], *own, *others[at:]]


def _hops(plan: GridPlan, places: list[int], params: GridParams) -> float:
    """Links taken by all packets; infinite where there would be too many rectangles."""
    try:
        routes = find_routes(plan, places, params)
    except InputError:
        return float("inf")
    ticks, output = plan.network.ticks, plan.network.output
    host = PACKET.unpack(np.concatenate([routes.feed.packet, np.repeat(routes.tokens, ticks)]))
    rows = [(-1, *sides, 0, 1) for sides in zip(*(host[n].tolist() for n in SIDES), strict=True)]
    for place, part, targets in zip(places, plan.slices, routes.targets, strict=True):
        n = len(part.neurons)
        rows += [(place, *sides, 0, n + ticks) for sides in targets]
        if part.population.name == output and part.population.neuron.spiking:
            rows.append((place, 0, 0, 0, 0, 1, n))
    table = np.array(rows)
    packets = Packets(table[:, 0], table[:, 1:5], table[:, 5].astype(bool), table[:, 6] * 1.0)
    return float(tree_hops(packets, params) @ packets.rate)
