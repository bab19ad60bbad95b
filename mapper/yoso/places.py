"""Places: where slices stand on the mesh.

Layers follow each other along the rows or the columns of the mesh, so that few rectangles cover
each. `fewest_hops` also tries a layer in the midst of another, near those whose spikes it hears.
"""

from collections.abc import Callable, Iterator

import numpy as np

from ..errors import InputError
from ..links import Packets, tree_hops
from ..packets import PACKET, SIDES
from .params import GridParams
from .plan import GridPlan
from .routes import find_routes

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
    best = in_rows(plan, params)
    least = _hops(plan, best, params)
    for layer in reversed(plan.layers):
        for places in _moved(plan, layer.population.name, best, params):
            hops = _hops(plan, places, params)
            if hops < least:
                best, least = places, hops
    return best


def _moved(plan: GridPlan, name: str, places: list[int], params: GridParams) -> Iterator[list[int]]:
    """The slices in order of their places, one layer at every position among the others."""
    own = plan.slices_of(name)
    others = [i for i in np.argsort(places).tolist() if i not in own]
    mesh = np.arange(params.cores).reshape(params.height, params.width)
    for line in (mesh.ravel(), mesh.T.ravel()):
        for at in range(len(others) + 1):
            order = [*others[:at], *own, *others[at:]]
            found = np.zeros(len(order), np.int64)
            found[order] = line[: len(order)]
            yield found.tolist()


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
        rows += [(place, 0, 0, 0, 0, 1, n)] if part.population.name == output else []
    table = np.array(rows)
    packets = Packets(table[:, 0], table[:, 1:5], table[:, 5].astype(bool), table[:, 6] * 1.0)
    return float(tree_hops(packets, params) @ packets.rate)
