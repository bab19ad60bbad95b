"""A chip: cores on a mesh with closed edges, a barrier, one packet port."""

from amaranth.hdl import Cat, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..layouts import packet_stream
from .host_port import HostPort
from .mesh import edge_lengths
from .routing import Port
from .tile import MeshTile

__all__ = ["MeshChip"]


class MeshChip(wiring.Component):
    """width x height cores; core i sits at (i % width, i // width).

    Members
    -------
    i: In(packet stream), from the host: SPIKE, TICK, WRITE, READ, SCAN, in the order in which they
    shall act
    o: Out(packet stream), to the host: OUTPUT packets of a tick, then its DONE; REPLY
    """

    def __init__(self, tile: MeshTile, gate: wiring.Component) -> None:
        self.params, self._tile, self._gate = tile.params, tile, gate
        super().__init__({"i": In(packet_stream()), "o": Out(packet_stream())})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.host = host = HostPort(self._gate)
        m.submodules.tile = tile = self._tile
        wiring.connect(m, wiring.flipped(self.i), host.i)
        wiring.connect(m, host.o, wiring.flipped(self.o))
        wiring.connect(m, host.mesh_o, tile.west_i[0])
        wiring.connect(m, tile.west_o[0], host.mesh_i)
        # A packet that leaves at any other edge has a rectangle beyond the mesh.
        closed = [
            getattr(tile, f"{side.name.lower()}_o")[k]
            for side, length in edge_lengths(self.params).items()
            for k in range(length)
            if (side, k) != (Port.WEST, 0)
        ]
        m.d.comb += [
            *(edge.ready.eq(1) for edge in closed),
            host.idle.eq(tile.idle),
            host.lost.eq(tile.lost | Cat(edge.valid for edge in closed).any()),
        ]
        return m
