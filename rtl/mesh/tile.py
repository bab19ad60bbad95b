"""Cores on a mesh with open edges: a chip's inside, or one chip of several."""

from collections.abc import Sequence

from amaranth.hdl import Cat, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from mapper.mesh import MeshParams
from mapper.packets import MESH_BITS

from ..clock_gate import gated
from ..layouts import packet_stream
from .mesh import Mesh, edge_lengths, edge_members

__all__ = ["MeshTile", "core_members"]


def core_members() -> dict[str, wiring.Member]:
    """Ports of a core: packets in and out, its position, and whether it has nothing to do before
    the next packet comes.
    """
    return {
        "i": In(packet_stream()), "o": Out(packet_stream()),
        "x": In(MESH_BITS), "y": In(MESH_BITS), "idle": Out(1),
    }  # fmt: skip


class MeshTile(wiring.Component):
    """width x height cores; core i sits at (x + i % width, y + i // width).

    A core has `core_members` and accepts what arrives whatever happens at `o`.

    cores: as many as the mesh has crossings, of one kind or of several; see `Shared`

    Tiles joined edge to edge are one larger mesh, cycle for cycle. Whoever joins them must AND
    their `idle`; a link that keeps packets for itself must report when it holds none.

    Members
    -------
    x, y: In(3), position of the first core in the whole mesh
    north_i, north_o, east_i, ..: In/Out(packet stream).array, see `rtl.mesh.mesh.edge_members`
    idle: Out(1), no packet on its way, no core at work; packets offered at an edge do not count
    lost: Out(1), a packet without destination has been dropped
    """

    def __init__(self, params: MeshParams, cores: Sequence[wiring.Component]) -> None:
        if len(cores) != params.cores:
            raise ValueError(f"{len(cores)} cores for {params.cores} crossings")
        self.params, self._cores = params, cores
        super().__init__({
            "x": In(MESH_BITS), "y": In(MESH_BITS),
            **edge_members(params), "idle": Out(1), "lost": Out(1),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        params = self.params
        m.submodules.mesh = mesh = Mesh(params)
        for i, core in enumerate(self._cores):
            name = f"core_{i}"
            m.submodules[name] = gated(m, platform, name, core, core.i.valid | ~core.idle)
            column, row = params.position(i)
            m.d.comb += [core.x.eq(self.x + column), core.y.eq(self.y + row)]
            wiring.connect(m, mesh.local_o[i], core.i)
            wiring.connect(m, core.o, mesh.local_i[i])
        for side, length in edge_lengths(params).items():
            for way in ("i", "o"):
                name = f"{side.name.lower()}_{way}"
                for k in range(length):
                    wiring.connect(m, getattr(mesh, name)[k],
                                   wiring.flipped(getattr(self, name)[k]))  # fmt: skip
        m.d.comb += [
            mesh.x.eq(self.x),
            mesh.y.eq(self.y),
            self.idle.eq(mesh.idle & Cat(core.idle for core in self._cores).all()),
            self.lost.eq(mesh.lost),
        ]
        return m
