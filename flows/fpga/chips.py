"""The chip that is put on a board: that of an image, or one of cores of one's choice."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mapper.crossbar.params import ChipParams
from mapper.errors import InputError
from mapper.fabrics import find_fabric
from mapper.frames import DESIGN, design_word
from mapper.hybrid.params import HybridParams
from mapper.image import Image
from mapper.mesh import MeshParams
from mapper.yoso.params import GridParams

from ..map_arguments import MapArguments
from ..resolve import find_chip

__all__ = ["BoardChip", "find_board_chip"]

_BUILD: dict[str, Callable[[Any, int, int], MeshParams]] = {
    "crossbar": lambda core, w, h: ChipParams(core=core, width=w, height=h),
    "hybrid": lambda pair, w, h: HybridParams(
        core=pair.core, macro=pair.macro, macros=1, width=w, height=h
    ),
    "yoso": lambda pe, w, h: GridParams(pe=pe, width=w, height=h),
}
"""Fabric -> the parameters of a chip of such cores."""


@dataclass(frozen=True)
class BoardChip:
    """name: of the network, or of the cores; image: what it is programmed with, if anything."""

    name: str
    params: MeshParams
    image: Image[Any] | None

    @property
    def design(self) -> str:
        """Its name in the records: a network's chip has a digest of the parameters behind it."""
        if self.image is None:
            return self.name
        return f"{self.name}, chip {DESIGN.unpack(design_word(self.params, 1))['digest']:08x}"

    def facts(self) -> dict[str, Any]:
        """What a report says of it. synaptic_ops_per_cycle: at most, of all crossbar cores."""
        facts = {"chip": self.name, "fabric": self.params.fabric, "cores": self.params.cores}
        if isinstance(self.params, ChipParams):
            cores = getattr(self.params, "crossbar_cores", self.params.cores)
            facts["synaptic_ops_per_cycle"] = cores * self.params.core.lanes
        return facts


def find_board_chip(chip: str | None, target: str, core: str, mesh: str | None) -> BoardChip:
    """Of a network or ChipImage `chip`, or, without it, of `mesh` cores (default: the fewest that
    the fabric has); InputError for bad names.
    """
    if chip:
        if mesh:
            raise InputError("--mesh is for chips without network; `spikeloom map` has it too")
        image = find_chip(chip, target, core)
        return BoardChip(image.network_name, image.params, image)
    cores = find_fabric(target).parse(core)
    mesh = mesh or ("2x1" if target == "hybrid" else "1x1")
    size = MapArguments(net="", target=target, core=core, mesh=mesh).size
    assert size
    return BoardChip(f"{target} {core}, {mesh}", _BUILD[target](cores, *size), None)
