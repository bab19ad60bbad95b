"""The crossbar chip and its tile: crossbar cores on a mesh."""

from mapper.crossbar.params import ChipParams

from ..mesh.chip import MeshChip
from ..mesh.tile import MeshTile
from .core import CrossbarCore
from .tick_gate import TickGate

__all__ = ["CrossbarChip", "CrossbarTile"]


class CrossbarTile(MeshTile):
    """Crossbar cores with open edges."""

    def __init__(self, params: ChipParams) -> None:
        super().__init__(params, "crossbar_core", lambda: CrossbarCore(params.core))


class CrossbarChip(MeshChip):
    """Crossbar cores behind the tick barrier."""

    def __init__(self, params: ChipParams) -> None:
        super().__init__(CrossbarTile(params), TickGate(params.core.banks))
