"""Chips joined edge to edge, with the host at the first."""

from collections.abc import Iterator

from amaranth.hdl import Cat, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from mapper.crossbar.params import ChipParams
from rtl.crossbar.chip import CrossbarTile
from rtl.crossbar.tick_gate import TickGate
from rtl.layouts import packet_stream
from rtl.mesh.host_port import HostPort

__all__ = ["LinkedChips"]


class LinkedChips(wiring.Component):
    """Looks like a `CrossbarChip` of columns * tile.width x rows * tile.height cores."""

    def __init__(self, tile: ChipParams, columns: int, rows: int) -> None:
        self.tile, self.columns, self.rows = tile, columns, rows
        super().__init__({"i": In(packet_stream()), "o": Out(packet_stream())})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        tiles = {(c, r): CrossbarTile(self.tile) for c, r in self._places()}
        m.submodules.host = host = HostPort(TickGate(self.tile.core.banks))
        wiring.connect(m, wiring.flipped(self.i), host.i)
        wiring.connect(m, host.o, wiring.flipped(self.o))
        wiring.connect(m, host.mesh_o, tiles[0, 0].west_i[0])
        wiring.connect(m, tiles[0, 0].west_o[0], host.mesh_i)
        closed = []
        for (c, r), tile in tiles.items():
            m.submodules[f"tile_{c}_{r}"] = tile
            m.d.comb += [tile.x.eq(c * self.tile.width), tile.y.eq(r * self.tile.height)]
            closed += self._link(m, tile, tiles.get((c + 1, r)), "east", "west")
            closed += self._link(m, tile, tiles.get((c, r + 1)), "south", "north")
            closed += list(tile.north_o) if r == 0 else []
            closed += list(tile.west_o)[c == r == 0 :] if c == 0 else []
        m.d.comb += [
            *(edge.ready.eq(1) for edge in closed),
            host.idle.eq(Cat(tile.idle for tile in tiles.values()).all()),
            host.lost.eq(Cat(*(tile.lost for tile in tiles.values()),
                             *(edge.valid for edge in closed)).any()),
        ]  # fmt: skip
        return m

    def _places(self) -> Iterator[tuple[int, int]]:
        return ((c, r) for r in range(self.rows) for c in range(self.columns))

    @staticmethod
    def _link(
        m: Module, tile: CrossbarTile, neighbour: CrossbarTile | None, side: str, other: str
    ) -> list[wiring.PureInterface]:
        """Wires to the neighbour, or the streams that lead nowhere."""
        outs, ins = getattr(tile, f"{side}_o"), getattr(tile, f"{side}_i")
        if neighbour is None:
            return list(outs)
        theirs = getattr(neighbour, f"{other}_i"), getattr(neighbour, f"{other}_o")
        for mine, far_i, far_o, back in zip(outs, *theirs, ins, strict=True):
            wiring.connect(m, mine, far_i)
            wiring.connect(m, far_o, back)
        return []
