"""The routing rule on the largest mesh: every source, every rectangle, every way."""

from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import product

import numpy as np
import numpy.typing as npt
import pytest

from mapper.packets import Kind
from rtl.mesh.routing import OPPOSITE, Port, branches

SIDE = 8
STEP = {Port.NORTH: (0, -1), Port.EAST: (1, 0), Port.SOUTH: (0, 1), Port.WEST: (-1, 0)}
Queue = tuple[int, int, Port]
"""The input of a router: (x, y, port)."""
HOST: Queue = (0, 0, Port.WEST)
SOURCES: list[Queue] = [HOST, *((x, y, Port.LOCAL) for y in range(SIDE) for x in range(SIDE))]


@dataclass
class Packets:
    """Arrays of all rectangles, inverted ones too: 8^4 packets of one kind."""

    kind: npt.NDArray[np.int64]
    x0: npt.NDArray[np.int64]
    y0: npt.NDArray[np.int64]
    x1: npt.NDArray[np.int64]
    y1: npt.NDArray[np.int64]


def all_rectangles(kind: int) -> Packets:
    corners = np.array(list(product(range(SIDE), repeat=4))).T
    return Packets(np.full(corners.shape[1], kind), *corners)


def follow(
    source: Queue, packets: Packets, waits: dict[Queue, set[Queue]]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Copies that arrive at each core (8, 8, packets), indexed x, y; copies that leave the mesh.

    waits: what each queue may wait for, added to.
    """
    count = len(packets.kind)
    arrived = np.zeros((SIDE, SIDE, count), np.int64)
    left = np.zeros(count, np.int64)
    front = [(source, np.ones(count, bool))]
    while front:
        (x, y, port), here = front.pop()
        for out, mask in branches(port, packets, np.int64(x), np.int64(y)).items():
            copies = here & mask
            if out == Port.LOCAL:
                arrived[x, y] += copies
            elif copies.any():
                nx, ny = x + STEP[out][0], y + STEP[out][1]
                if 0 <= nx < SIDE and 0 <= ny < SIDE:
                    queue = nx, ny, OPPOSITE[out]
                    waits.setdefault((x, y, port), set()).add(queue)
                    front.append((queue, copies))
                else:
                    assert (x, y, out) == (0, 0, Port.WEST), "left where nobody listens"
                    left += copies
    return arrived, left


@pytest.mark.parametrize("kind", [k for k in range(8) if not Kind.REPLY <= k <= Kind.DONE])
def test_a_packet_reaches_every_core_of_its_rectangle_once_and_no_other(kind):
    p = all_rectangles(kind)
    at = np.arange(SIDE)[:, None]
    columns, rows = (p.x0 <= at) & (at <= p.x1), (p.y0 <= at) & (at <= p.y1)
    inside = columns[:, None] & rows[None, :]
    for source in SOURCES:
        arrived, left = follow(source, p, {})
        assert (arrived == inside).all() and not left.any(), source


@pytest.mark.parametrize("kind", [Kind.REPLY, Kind.OUTPUT, Kind.DONE])
def test_a_packet_to_the_host_reaches_it_once_and_no_core(kind):
    p = all_rectangles(kind)
    for source in SOURCES:
        arrived, left = follow(source, p, {})
        assert not arrived.any() and (left == (source != HOST)).all(), source


def test_no_circle_of_queues_that_wait_for_each_other():
    """Hence no deadlock (Dally and Seitz 1987), given that cores and host take what arrives."""
    waits: dict[Queue, set[Queue]] = {}
    for source in SOURCES:
        for kind in (Kind.SPIKE, Kind.REPLY):
            follow(source, all_rectangles(kind), waits)
    order = list(TopologicalSorter(waits).static_order())
    assert len(order) == SIDE * SIDE * 5 - 3 * SIDE - (SIDE - 1)  # no queue on a closed edge
    waits[7, 7, Port.NORTH] = {(0, 0, Port.LOCAL)}  # the check sees a circle when there is one
    with pytest.raises(CycleError):
        list(TopologicalSorter(waits).static_order())


def test_an_empty_rectangle_goes_nowhere():
    p = all_rectangles(Kind.SPIKE)
    empty = (p.x0 > p.x1) | (p.y0 > p.y1)
    for port, x, y in product(Port, range(SIDE), range(SIDE)):
        found = branches(port, p, np.int64(x), np.int64(y))
        assert not any((mask & empty).any() for mask in found.values())
