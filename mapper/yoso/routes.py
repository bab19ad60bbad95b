"""Who sends to whom: target rectangles, spike addresses and tokens of PEs and host."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import InputError
from ..mesh import cover
from ..network import INPUT
from ..packets import PACKET, Kind, rectangle
from .image import Feed
from .layout import TARGET, TARGETS
from .params import GridParams
from .plan import GridPlan

__all__ = ["Routes", "find_routes", "target_words"]

Indices = npt.NDArray[np.int64]
Sides = tuple[int, int, int, int]


@dataclass(frozen=True)
class Routes:
    """Per slice of the plan (numbers as in `GridPlan.slices`), and the host's.

    targets:   rectangles of PEs to which its spikes and tokens go
    addresses: spike address of each of its neurons
    sources:   tokens that end a tick of its PE
    feed, tokens: see `GridImage`
    everyone:  a rectangle around all PEs in use
    """

    targets: list[list[Sides]]
    addresses: list[Indices]
    sources: list[int]
    feed: Feed
    tokens: npt.NDArray[np.uint64]
    everyone: Sides


def find_routes(plan: GridPlan, places: list[int], params: GridParams) -> Routes:
    """Routes of slices that stand at these places. InputError: more rectangles than targets."""
    spots = [params.position(place) for place in places]
    names = [INPUT, *plan.weights]
    receivers = {name: _receivers(plan, name) for name in names}
    covers = {name: cover({spots[i] for i in receivers[name]}) for name in names}
    for name in plan.weights:
        if len(covers[name]) > len(TARGETS):
            raise InputError(
                f"population {name!r} sends to {len(covers[name])} rectangles of PEs, a PE has "
                f"{len(TARGETS)} targets; try another mesh"
            )
    owners = [s.population.name for s in plan.slices]
    return Routes(
        targets=[covers[name] for name in owners],
        addresses=[s.neurons * _stride(plan, s.population.name) for s in plan.slices],
        sources=[
            sum(i in receivers[name] for name in (INPUT, *owners)) for i in range(len(owners))
        ],
        feed=_feed(plan, spots),
        tokens=PACKET.pack(kind=Kind.TICK, **rectangle(*np.array(covers[INPUT]).T)),
        everyone=(*np.min(spots, axis=0).tolist(), *np.max(spots, axis=0).tolist()),
    )


def _receivers(plan: GridPlan, source: str) -> list[int]:
    """Slices of the populations that `source` feeds."""
    names = [name for name, weights in plan.weights.items() if source in weights]
    return [i for name in names for i in plan.slices_of(name)]


def _stride(plan: GridPlan, source: str) -> int:
    """Words between the weights of consecutive elements, where they go; 0 if nowhere."""
    names = [name for name, weights in plan.weights.items() if source in weights]
    return plan.layer(names[0]).stride if names else 0


def _feed(plan: GridPlan, spots: list[tuple[int, int]]) -> Feed:
    """One packet per target population and rectangle that covers it."""
    element = np.arange(plan.network.n_inputs)
    packets = [
        PACKET.pack(kind=Kind.SPIKE, data=element * plan.layer(name).stride, **rectangle(*sides))
        for name, weights in plan.weights.items()
        if INPUT in weights
        for sides in cover({spots[i] for i in plan.slices_of(name)})
    ]
    start = np.arange(len(element) + 1) * len(packets)
    return Feed(start, np.stack(packets, axis=1).reshape(-1))


def target_words(sides: list[Sides]) -> tuple[int, ...]:
    """TARGET words, unused ones 0."""
    words = [int(TARGET.pack(valid=1, **rectangle(*one))) for one in sides]
    return (*words, *[0] * (len(TARGETS) - len(words)))
