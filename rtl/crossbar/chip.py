"""The crossbar chip: cores on a mesh with closed edges, tick barrier, one packet port."""

from amaranth.hdl import Cat, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from mapper.crossbar.params import ChipParams

from ..layouts import packet_stream
from ..mesh.host_port import HostPort
from ..mesh.mesh import edge_lengths
from ..mesh.routing import Port
from .tile import CrossbarTile

__all__ = ["CrossbarChip"]


class CrossbarChip(wiring.Component):
    """width x height cores; core i sits at (i % width, i // width).

    Members
    -------
    i: In(packet stream), from the host: SPIKE, TICK, WRITE, READ, SCAN, in the order in which they
    shall act
    o: Out(packet stream), to the host: OUTPUT packets of a tick, then its DONE; REPLY
    """

    def __init__(self, params: ChipParams) -> None:
        self.params = params
        super().__init__({"i": In(packet_stream()), "o": Out(packet_stream())})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.host = host = HostPort(self.params.core.banks)
        m.submodules.tile = tile = CrossbarTile(self.params)
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
