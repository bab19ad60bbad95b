"""A mesh of routers with open edges."""

from amaranth.hdl import Cat, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from mapper.mesh import MeshParams
from mapper.packets import MESH_BITS

from ..clock_gate import gated
from ..hierarchy import Shared
from ..layouts import packet_stream
from .router import MeshRouter
from .routing import OPPOSITE, Port

__all__ = ["Mesh", "edge_lengths", "edge_members"]

_STEPS = {Port.NORTH: (0, -1), Port.EAST: (1, 0), Port.SOUTH: (0, 1), Port.WEST: (-1, 0)}


def edge_lengths(params: MeshParams) -> dict[Port, int]:
    """Links that leave the mesh on each side."""
    return {
        Port.NORTH: params.width, Port.EAST: params.height,
        Port.SOUTH: params.width, Port.WEST: params.height,
    }  # fmt: skip


def edge_members(params: MeshParams) -> dict[str, wiring.Member]:
    """Members of the edge ports, all of them arrays: `north_i`, `north_o`, `east_i`, ..."""
    members = {}
    for side, length in edge_lengths(params).items():
        members[f"{side.name.lower()}_i"] = In(packet_stream()).array(length)
        members[f"{side.name.lower()}_o"] = Out(packet_stream()).array(length)
    return members


class Mesh(wiring.Component):
    """width x height routers; router i sits at (x + i % width, y + i // width).

    Links between routers are plain wires, and so is a link between the edges of two meshes.

    Members
    -------
    x, y: In(3), position of the first router in the whole mesh, which may span several chips
    local_i, local_o: In/Out(packet stream).array(cores)
    north_i, north_o, east_i, ..: In/Out(packet stream).array, see `edge_members`
    idle: Out(1), no router holds a packet and none is offered at `local_i`
    lost: Out(1), a packet without destination has been dropped
    """

    def __init__(self, params: MeshParams) -> None:
        self.params = params
        cores = params.cores
        super().__init__({
            "x": In(MESH_BITS), "y": In(MESH_BITS),
            "local_i": In(packet_stream()).array(cores),
            "local_o": Out(packet_stream()).array(cores),
            **edge_members(params), "idle": Out(1), "lost": Out(1),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        routers = Shared.several(self.params.cores, "mesh_router", MeshRouter)
        for i, router in enumerate(routers):
            name = f"router_{i}"
            m.submodules[name] = gated(m, platform, name, router, router.busy)
            column, row = self.params.position(i)
            m.d.comb += [router.x.eq(self.x + column), router.y.eq(self.y + row)]
            wiring.connect(m, wiring.flipped(self.local_i[i]), router.i[Port.LOCAL])
            wiring.connect(m, router.o[Port.LOCAL], wiring.flipped(self.local_o[i]))
            for side, (right, down) in _STEPS.items():
                self._link(m, routers, side, column, row, column + right, row + down)
        m.d.comb += [
            self.idle.eq(~Cat(r.held for r in routers).any()
                         & ~Cat(i.valid for i in self.local_i).any()),
            self.lost.eq(Cat(r.lost for r in routers).any()),
        ]  # fmt: skip
        return m

    def _link(
        self, m: Module, routers: list[Shared], side: Port, column: int, row: int,
        next_column: int, next_row: int,
    ) -> None:  # fmt: skip
        """From the router at (column, row) to its neighbour, or to and from the edge."""
        width, height = self.params.width, self.params.height
        router = routers[row * width + column]
        if 0 <= next_column < width and 0 <= next_row < height:
            neighbour = routers[next_row * width + next_column]
            wiring.connect(m, router.o[side], neighbour.i[OPPOSITE[side]])
        else:
            name, place = side.name.lower(), column if side in (Port.NORTH, Port.SOUTH) else row
            wiring.connect(m, router.o[side], wiring.flipped(getattr(self, f"{name}_o")[place]))
            wiring.connect(m, wiring.flipped(getattr(self, f"{name}_i")[place]), router.i[side])
