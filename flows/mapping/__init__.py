"""Mapping a network onto a chip, with what that costs: one module per fabric."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mapper.fabrics import Fabric, find_fabric
from mapper.image import Image
from mapper.network import Network

from ..map_arguments import MapArguments
from .base import PLACEMENTS, MapOptions, Mapped
from .crossbar import map_crossbar
from .hybrid import map_hybrid
from .yoso import map_yoso

__all__ = ["MAPPINGS", "PLACEMENTS", "MapOptions", "Mapped", "image_as", "map_as"]

MAPPINGS: dict[str, Callable[[Fabric, Network, MapOptions], Mapped]] = {
    "crossbar": map_crossbar,
    "hybrid": map_hybrid,
    "yoso": map_yoso,
}
"""By the fabric's name."""


def map_as(arguments: MapArguments, network: Network, samples: int = 1000) -> Mapped:
    """Map `network` as the arguments say; samples: per load, for the costs.

    Raises whatever mapping and data sets refuse.
    """
    fabric = find_fabric(arguments.target)
    options = MapOptions(
        core=fabric.parse(arguments.core), mesh=arguments.size, strategy=arguments.strategy,
        placement=arguments.place, activity=arguments.activity, samples=samples,
        seed=arguments.seed,
    )  # fmt: skip
    mapped = MAPPINGS[fabric.name](fabric, network, options)
    return replace(mapped, image=arguments.sign(mapped.image))


def image_as(arguments: MapArguments, network: Network) -> Image[Any]:
    """The image alone, in less time."""
    if arguments.place == "rows":
        return arguments.map_rows(network)
    return map_as(arguments, network).image
