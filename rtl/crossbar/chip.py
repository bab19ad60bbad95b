"""The crossbar chip and its tile: crossbar cores on a mesh."""

import functools

from mapper.crossbar.params import ChipParams

from ..hierarchy import Shared
from ..mesh.chip import MeshChip
from ..mesh.tile import MeshTile
from .core import CrossbarCore
from .tick_gate import TickGate

__all__ = ["CrossbarChip", "CrossbarTile"]


class CrossbarTile(MeshTile):
    """Crossbar cores with open edges."""

    def __init__(self, params: ChipParams) -> None:
        build = functools.partial(CrossbarCore, params.core)
        super().__init__(params, Shared.several(params.cores, "crossbar_core", build))


class CrossbarChip(MeshChip):
    """Crossbar cores behind the tick barrier."""

    def __init__(self, params: ChipParams) -> None:
        super().__init__(CrossbarTile(params), TickGate(params.core.banks))
