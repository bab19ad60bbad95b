"""The chips that can be generated, one per fabric. A new fabric is one line here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mapper.mesh import MeshParams

from .crossbar.chip import CrossbarChip
from .hybrid.chip import HybridChip
from .mesh.chip import MeshChip
from .yoso.grid import YosoGrid

__all__ = ["CHIPS", "Chip", "build_chip", "core_names", "top_name"]


@dataclass(frozen=True)
class Chip:
    """top, cores: names of the Verilog modules; build: params of the fabric -> component."""

    top: str
    cores: tuple[str, ...]
    build: Callable[[Any], MeshChip]


CHIPS = {
    "crossbar": Chip("crossbar_chip", ("crossbar_core",), CrossbarChip),
    "hybrid": Chip("hybrid_chip", ("crossbar_core", "pim_macro"), HybridChip),
    "yoso": Chip("yoso_grid", ("yoso_pe",), YosoGrid),
}
"""Fabric -> chip."""


def build_chip(params: MeshParams) -> MeshChip:
    """The chip of these parameters."""
    return CHIPS[params.fabric].build(params)


def top_name(params: MeshParams) -> str:
    """Name of its top module."""
    return CHIPS[params.fabric].top


def core_names(params: MeshParams) -> tuple[str, ...]:
    """Names of the modules of its cores."""
    return CHIPS[params.fabric].cores
