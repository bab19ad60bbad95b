"""The hybrid chip: PIM macros and crossbar cores on one mesh, behind one tick barrier."""

from mapper.hybrid.params import HybridParams

from ..crossbar.core import CrossbarCore
from ..crossbar.tick_gate import TickGate
from ..hierarchy import Shared
from ..mesh.chip import MeshChip
from ..mesh.tile import MeshTile
from ..pim.macro import PimMacro

__all__ = ["HybridChip"]


class HybridChip(MeshChip):
    """Crossbar cores, then, at the last places of the mesh, the macros."""

    def __init__(self, params: HybridParams) -> None:
        cores = Shared.several(
            params.crossbar_cores, "crossbar_core", lambda: CrossbarCore(params.core)
        )
        macros = Shared.several(params.macros, "pim_macro", lambda: PimMacro(params.macro))
        tile = MeshTile(params, [*cores, *macros])
        super().__init__(tile, TickGate(params.core.banks))
