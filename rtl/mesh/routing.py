"""Where a router sends a packet: dimension order, X then Y, with multicast to a rectangle.

One rule for hardware and for its exhaustive check: `branches` takes Amaranth values or numpy
arrays.
"""

from enum import IntEnum
from typing import Any

from mapper.packets import Kind

__all__ = ["CORE_TURNS", "HOST_TURNS", "OPPOSITE", "Port", "branches", "sources"]


class Port(IntEnum):
    """A router's five ports, each an input and an output; y = 0 is the northern row."""

    NORTH = 0
    EAST = 1
    SOUTH = 2
    WEST = 3
    LOCAL = 4


OPPOSITE = {
    Port.NORTH: Port.SOUTH, Port.SOUTH: Port.NORTH, Port.EAST: Port.WEST, Port.WEST: Port.EAST
}  # fmt: skip
"""The neighbour's port at the other end of a link."""

CORE_TURNS = {
    Port.NORTH: (Port.SOUTH, Port.LOCAL),
    Port.EAST: (Port.NORTH, Port.SOUTH, Port.WEST, Port.LOCAL),
    Port.SOUTH: (Port.NORTH, Port.LOCAL),
    Port.WEST: (Port.NORTH, Port.EAST, Port.SOUTH, Port.LOCAL),
    Port.LOCAL: tuple(Port),
}
"""Outputs that a packet to cores may take, by input: never from Y back to X, never back."""

HOST_TURNS = {
    Port.NORTH: (),
    Port.EAST: (Port.NORTH, Port.WEST),
    Port.SOUTH: (Port.NORTH, Port.WEST),
    Port.WEST: (),
    Port.LOCAL: (Port.NORTH, Port.WEST),
}
"""Outputs that a packet to the host may take, by input. It comes from a core, never from north or
west."""


def branches(port: Port, packet: Any, x: Any, y: Any) -> dict[Port, Any]:
    """Output -> 1 if a packet that came in at `port` of router (x, y) must leave there.

    To cores: along the row to every column of the rectangle, in each of them both ways to its
    rows. To the host: west to column 0, north to row 0, then out of the west edge of (0, 0).
    No branch at all: the packet has no destination from here on.
    """
    some = (packet.x0 <= packet.x1) & (packet.y0 <= packet.y1)
    column = (packet.x0 <= x) & (x <= packet.x1)
    row = (packet.y0 <= y) & (y <= packet.y1)
    to_cores = {
        Port.NORTH: some & column & (packet.y0 < y),
        Port.EAST: some & (packet.x1 > x),
        Port.SOUTH: some & column & (packet.y1 > y),
        Port.WEST: some & (packet.x0 < x),
        Port.LOCAL: column & row,
    }
    for_host = (packet.kind >= Kind.REPLY) & (packet.kind <= Kind.DONE)
    west = (x != 0) | (y == 0)
    to_host = {Port.NORTH: ~west, Port.WEST: west}
    found = {out: ~for_host & to_cores[out] for out in CORE_TURNS[port]}
    for out in HOST_TURNS[port]:
        turn = for_host & to_host[out]
        found[out] = found[out] | turn if out in found else turn
    return found


def sources(out: Port) -> tuple[Port, ...]:
    """Inputs from which a packet may leave at `out`."""
    return tuple(port for port in Port if out in CORE_TURNS[port] + HOST_TURNS[port])
