"""Loads of the mesh's links: how often the routers send a packet over each, multicast included.

The routers' rule is `rtl.mesh.routing.branches`: to cores along the row to every column of the
rectangle, in each of them both ways to its rows; to the host west, then north.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from .mesh import MeshParams

__all__ = ["Link", "LinkLoads", "Packets", "link_loads", "no_packets", "tree_hops"]

Indices = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_STEPS = ((0, -1), (1, 0), (0, 1), (-1, 0))


class Link(IntEnum):
    """A router's outputs; y = 0 is the northern row."""

    NORTH = 0
    EAST = 1
    SOUTH = 2
    WEST = 3
    LOCAL = 4


@dataclass(frozen=True)
class Packets:
    """Packets, alike ones together.

    place:   (n,) core that sends (row by row), -1: the host
    sides:   (n, 4) x0, y0, x1, y1 of the cores that receive; of no meaning for `to_host`
    to_host: (n,) bool
    rate:    (n,) how many, e.g. per sample
    """

    place: Indices
    sides: Indices
    to_host: npt.NDArray[np.bool_]
    rate: Floats


def no_packets() -> Packets:
    """For a sum to begin with."""
    nobody = np.zeros(0, np.int64)
    return Packets(nobody, nobody.reshape(0, 4), nobody.astype(bool), nobody.astype(np.float64))


@dataclass(frozen=True)
class LinkLoads:
    """Packets per link.

    out:     (5, height, width) what routers send by each output, see `Link`; the host receives
             by WEST of router (0, 0)
    sent:    (height, width) what cores hand to their routers
    host_in: what the host hands to router (0, 0)
    """

    out: Floats
    sent: Floats
    host_in: float

    def __add__(self, other: "LinkLoads") -> "LinkLoads":
        return LinkLoads(self.out + other.out, self.sent + other.sent, self.host_in + other.host_in)

    def scaled(self, factor: float) -> "LinkLoads":
        """The same packets, `factor` times as many."""
        return LinkLoads(self.out * factor, self.sent * factor, self.host_in * factor)

    @property
    def packets(self) -> float:
        """Packets sent; a multicast is one."""
        return float(self.sent.sum()) + self.host_in

    @property
    def host_out(self) -> float:
        """Packets that the host receives."""
        return float(self.out[Link.WEST, 0, 0])

    @property
    def hops(self) -> float:
        """Packets over links from router to router."""
        return float(self.out[: Link.LOCAL].sum()) - self.host_out

    @property
    def hottest(self) -> tuple[str, float]:
        """The link from router to router with the most packets, as "(x, y) -> (x, y)", and them;
        ("", 0) when nothing is sent over one.
        """
        between = self.out[: Link.LOCAL].copy()
        between[Link.WEST, 0, 0] = 0
        link, y, x = np.unravel_index(int(between.argmax()), between.shape)
        load = float(between[link, y, x])
        right, down = _STEPS[int(link)]
        return (f"({x}, {y}) -> ({x + right}, {y + down})" if load else ""), load

    @property
    def busiest(self) -> float:
        """The most packets on any link but the host's into the mesh."""
        return float(max(self.out.max(), self.sent.max()))

    def to_json(self) -> dict[str, Any]:
        """The figures, and the loads of all links between routers as out[link][y][x]."""
        link, load = self.hottest
        return {
            "packets": self.packets, "hops": self.hops, "hottest_link": link,
            "hottest_link_packets": load, "host_in": self.host_in, "host_out": self.host_out,
            "links": {d.name.lower(): self.out[d].tolist() for d in Link},
        }  # fmt: skip


def link_loads(packets: Packets, params: MeshParams) -> LinkLoads:
    """Count every link of every packet's tree. A link's load is a sum of rank-one terms: the rows
    times the columns of the mesh in which a packet uses that output.
    """
    x = np.arange(params.width)
    y = np.arange(params.height)
    rate = packets.rate[:, None]
    core, host = rate * ~packets.to_host[:, None], rate * packets.to_host[:, None]
    column, row = _entry(packets, params)
    x0, y0, x1, y1 = (side[:, None] for side in packets.sides.T)
    columns = core * ((x0 <= x) & (x <= x1))
    own_row = (y == row) * 1.0
    out = np.zeros((len(Link), params.height, params.width))
    out[Link.EAST] = own_row.T @ (core * ((column <= x) & (x < x1)))
    out[Link.WEST] = own_row.T @ (
        core * ((x0 < x) & (x <= column)) + host * (x > 0) * (x <= column)
    )
    out[Link.WEST, 0, 0] = host.sum()
    out[Link.NORTH] = ((y0 < y) & (y <= row)).T @ columns
    out[Link.NORTH, :, 0] += (((y > 0) & (y <= row)).T @ host)[:, 0]
    out[Link.SOUTH] = ((row <= y) & (y < y1)).T @ columns
    out[Link.LOCAL] = ((y0 <= y) & (y <= y1)).T @ columns
    outside = packets.place < 0
    sent = np.zeros(params.cores)
    np.add.at(sent, packets.place[~outside], packets.rate[~outside])
    return LinkLoads(
        out, sent.reshape(params.height, params.width), float(packets.rate[outside].sum())
    )


def tree_hops(packets: Packets, params: MeshParams) -> Floats:
    """(n,) links from router to router in each packet's tree."""
    column, row = (side[:, 0] for side in _entry(packets, params))
    x0, y0, x1, y1 = packets.sides.T
    along = np.maximum(x1, column) - np.minimum(x0, column)
    across = (x1 - x0 + 1) * (np.maximum(y1, row) - np.minimum(y0, row))
    return np.where(packets.to_host, column + row, along + across).astype(np.float64)


def _entry(packets: Packets, params: MeshParams) -> tuple[Indices, Indices]:
    """(n, 1) column and row of the router at which each packet enters; the host's at (0, 0)."""
    row, column = np.divmod(np.maximum(packets.place, 0)[:, None], params.width)
    return column, row
