"""Who sends to whom: target rectangles, spike addresses and tokens of PEs and host."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import InputError
from ..network import INPUT
from ..packets import PACKET, Kind, rectangle
from .addresses import find_addresses
from .covers import Sides, Spot, cover_from
from .image import Feed
from .layout import TARGET, TARGETS
from .params import GridParams, PeParams
from .plan import GridPlan
from .receivers import Receivers, find_receivers, listeners

__all__ = ["Routes", "find_routes", "target_words"]

Indices = npt.NDArray[np.int64]
_HOST = (0, 0)  # its packets come in there


@dataclass(frozen=True)
class Routes:
    """Per slice of the plan (numbers as in `GridPlan.slices`), and the host's.

    senders:   slices whose spikes and tokens go to it
    targets:   rectangles of PEs to which its own go
    addresses: spike address of each of its neurons
    sources:   tokens that end a tick of its PE
    feed, tokens: see `GridImage`
    everyone:  a rectangle around all PEs in use
    """

    senders: list[list[int]]
    targets: list[list[Sides]]
    addresses: list[Indices]
    sources: list[int]
    feed: Feed
    tokens: npt.NDArray[np.uint64]
    everyone: Sides


def find_routes(plan: GridPlan, places: list[int], params: GridParams) -> Routes:
    """Routes of slices that stand at these places. InputError: more rectangles than targets, more
    sources than a PE's queue or rows hold.
    """
    spots = [params.position(place) for place in places]
    receivers = _reachable(plan, find_receivers(plan), spots)
    every = range(len(plan.slices))
    fed = [i for i in every if INPUT in plan.weights[plan.slices[i].population.name]]
    feed = _feed(plan, spots)
    senders = [[a for a in every if i in receivers[a]] for i in every]
    _check_queues(plan, senders, params.pe)
    return Routes(
        senders=senders,
        targets=[
            cover_from(spots[a], {spots[i] for i in found}) for a, found in enumerate(receivers)
        ],
        addresses=find_addresses(plan, receivers, params.pe),
        sources=[len(senders[i]) + (i in fed) for i in every],
        feed=feed,
        tokens=_tokens({spots[i] for i in fed}),
        everyone=(*np.min(spots, axis=0).tolist(), *np.max(spots, axis=0).tolist()),
    )


def _reachable(plan: GridPlan, receivers: Receivers, spots: list[Spot]) -> Receivers:
    """With more receivers where otherwise there are more rectangles than targets: all slices of
    the same populations, which have empty rows for what is not theirs.
    """
    found: Receivers = []
    for a, needed in enumerate(receivers):
        every = {i for j in needed for i in plan.slices_of(plan.slices[j].population.name)}
        covers = (cover_from(spots[a], {spots[i] for i in chosen}) for chosen in (needed, every))
        counts = [len(found) for found in covers]
        if min(counts) > len(TARGETS):
            name = plan.slices[a].population.name
            raise InputError(
                f"population {name!r} sends to {min(counts)} rectangles of PEs, a PE has "
                f"{len(TARGETS)} targets; try another mesh"
            )
        found.append(needed if counts[0] <= len(TARGETS) else every)
    return found


def _check_queues(plan: GridPlan, senders: list[list[int]], pe: PeParams) -> None:
    for i, part in enumerate(plan.slices):
        name = part.population.name
        size = sum(len(plan.slices[a].neurons) for a in senders[i])
        if INPUT in plan.weights[name]:
            size += int(listeners(plan, i, INPUT).sum())
        if size > pe.queue:
            raise InputError(
                f"a PE of population {name!r} hears of {size} sources, which may all have spiked "
                f"before it looks at the first; its queue holds {pe.queue}"
            )


def _feed(plan: GridPlan, spots: list[Spot]) -> Feed:
    """Per element and target population one packet for each rectangle of PEs that need it."""
    element, packets = [np.zeros(0, np.int64)], [np.zeros(0, np.uint64)]
    for name, weights in plan.weights.items():
        if INPUT not in weights:
            continue
        own, stride = plan.slices_of(name), plan.layer(name).stride or 1
        heard = np.stack([listeners(plan, i, INPUT) for i in own], axis=1)
        for pattern, which in _alike(heard):
            reached = {spots[i] for i, on in zip(own, pattern, strict=True) if on}
            for sides in cover_from(_HOST, reached):
                element.append(which)
                packets.append(
                    PACKET.pack(kind=Kind.SPIKE, data=which * stride, **rectangle(*sides))
                )
    order = np.argsort(np.concatenate(element), kind="stable")
    count = np.bincount(np.concatenate(element), minlength=plan.network.n_inputs)
    return Feed(np.concatenate([[0], np.cumsum(count)]), np.concatenate(packets)[order])


def _tokens(spots: set[Spot]) -> npt.NDArray[np.uint64]:
    sides = np.array(cover_from(_HOST, spots))
    return PACKET.pack(kind=Kind.TICK, **rectangle(*sides.T))


def _alike(rows: npt.NDArray[np.bool_]) -> list[tuple[npt.NDArray[np.bool_], Indices]]:
    """Different rows, each with the indices at which it stands."""
    patterns, which = np.unique(rows, axis=0, return_inverse=True)
    return [(pattern, np.flatnonzero(which.ravel() == i)) for i, pattern in enumerate(patterns)]


def target_words(sides: list[Sides]) -> tuple[int, ...]:
    """TARGET words, unused ones 0."""
    words = [int(TARGET.pack(valid=1, **rectangle(*one))) for one in sides]
    return (*words, *[0] * (len(TARGETS) - len(words)))
