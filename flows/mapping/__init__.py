"""Mapping a network onto a chip, with what that costs: one module per fabric."""

from collections.abc import Callable

from mapper.fabrics import Fabric
from mapper.network import Network

from .base import PLACEMENTS, MapOptions, Mapped
from .crossbar import map_crossbar
from .yoso import map_yoso

__all__ = ["MAPPINGS", "PLACEMENTS", "MapOptions", "Mapped"]

MAPPINGS: dict[str, Callable[[Fabric, Network, MapOptions], Mapped]] = {
    "crossbar": map_crossbar,
    "yoso": map_yoso,
}
"""By the fabric's name."""
