"""The YOSO grid: PEs on a mesh."""

from mapper.yoso.params import GridParams

from ..mesh.chip import MeshChip
from ..mesh.tile import MeshTile
from .pe import YosoPe
from .sample_gate import SampleGate

__all__ = ["YosoGrid"]


class YosoGrid(MeshChip):
    """PEs behind the gate that keeps samples apart."""

    def __init__(self, params: GridParams) -> None:
        super().__init__(MeshTile(params, "yoso_pe", lambda: YosoPe(params.pe)), SampleGate())
