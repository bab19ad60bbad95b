"""Fabrics that a Network can be mapped onto. A new one is one package and one line here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .crossbar.compiler import check_network, map_network
from .crossbar.image import ChipImage
from .crossbar.params import CoreParams
from .errors import InputError
from .network import Network

__all__ = ["FABRICS", "Fabric", "find_fabric"]


@dataclass(frozen=True)
class Fabric:
    """check: layer-by-layer verdicts; map: Network -> image (see the crossbar's functions)."""

    name: str
    description: str
    check: Callable[[Network, CoreParams], list[dict[str, Any]]]
    map: Callable[..., ChipImage]


FABRICS = {
    f.name: f
    for f in (
        Fabric(
            "crossbar", "1,152 x 1,024 crossbar cores on a mesh (Zou et al. 2021)",
            check_network, map_network,
        ),
    )
}  # fmt: skip


def find_fabric(name: str) -> Fabric:
    """Look a fabric up; InputError lists the known ones."""
    if name not in FABRICS:
        raise InputError(f"unknown fabric {name!r}; known: {', '.join(FABRICS)}")
    return FABRICS[name]
