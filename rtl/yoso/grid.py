"""The YOSO grid: PEs on a mesh."""

from mapper.yoso.params import GridParams

from ..hierarchy import Shared
from ..mesh.chip import MeshChip
from ..mesh.tile import MeshTile
from .pe import YosoPe
from .sample_gate import SampleGate

__all__ = ["YosoGrid"]


class YosoGrid(MeshChip):
    """PEs behind the gate that keeps samples apart."""

    def __init__(self, params: GridParams) -> None:
        cores = Shared.several(params.cores, "yoso_pe", lambda: YosoPe(params.pe))
        super().__init__(MeshTile(params, cores), SampleGate())
