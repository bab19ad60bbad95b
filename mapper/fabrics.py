"""Fabrics that a Network can be mapped onto. A new one is one package and one entry here."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from .crossbar.compiler import check_network as check_crossbar
from .crossbar.compiler import map_network as map_crossbar
from .crossbar.image import ChipImage
from .crossbar.params import PRESETS as CROSSBAR_CORES
from .crossbar.strategies import STRATEGIES as CROSSBAR_STRATEGIES
from .errors import InputError
from .hybrid.compiler import check_network as check_hybrid
from .hybrid.compiler import map_network as map_hybrid
from .hybrid.image import HybridImage
from .hybrid.params import PRESETS as HYBRID_CORES
from .image import Image, read_facts
from .yoso.compiler import check_network as check_yoso
from .yoso.compiler import map_network as map_yoso
from .yoso.image import GridImage
from .yoso.params import PRESETS as YOSO_CORES
from .yoso.plan import STRATEGIES as YOSO_STRATEGIES

__all__ = ["FABRICS", "Fabric", "find_fabric", "load_image"]


@dataclass(frozen=True)
class Fabric:
    """presets: named parameters of a core; check: layer-by-layer verdicts; map: Network -> image
    (see the fabrics' functions); image: the class of what `map` returns.
    """

    name: str
    description: str
    presets: Mapping[str, Any]
    strategies: tuple[str, ...]
    check: Callable[..., list[dict[str, Any]]]
    map: Callable[..., Any]
    image: type[Image[Any]]

    def parse(self, text: str) -> Any:
        """Parameters of a core: "full", or a preset with changes: "full,lanes=128,routes=64"; of
        a fabric with several kinds of cores "full,macro.adc_bits=4".

        Raises InputError for unknown presets, unknown parameters and bad values.
        """
        name, *changes = text.split(",")
        if name not in self.presets:
            raise InputError(f"unknown core {name!r}; known: {', '.join(self.presets)}")
        values: dict[str, int] = {}
        known = _parameters(self.presets[name])
        for change in changes:
            key, _, value = change.partition("=")
            if key not in known or not re.fullmatch(r"-?[0-9]{1,9}", value):
                raise InputError(
                    f"core {text!r}: expected NAME=INTEGER with NAME one of {', '.join(known)}, "
                    f"not {change!r}"
                )
            values[key] = int(value)
        return _changed(self.presets[name], values)


def _parameters(core: Any) -> list[str]:
    """Names of parameters, those of parts as "part.name"."""
    names = []
    for f in fields(core):
        value = getattr(core, f.name)
        parts = _parameters(value) if is_dataclass(value) else []
        names += [f"{f.name}.{part}" for part in parts] or [f.name]
    return names


def _changed(core: Any, values: dict[str, int]) -> Any:
    changes: dict[str, Any] = {k: v for k, v in values.items() if "." not in k}
    for part in {k.partition(".")[0] for k in values if "." in k}:
        own = {k.removeprefix(f"{part}."): v for k, v in values.items()
               if k.startswith(f"{part}.")}  # fmt: skip
        changes[part] = _changed(getattr(core, part), own)
    return replace(core, **changes)


FABRICS = {
    f.name: f
    for f in (
        Fabric(
            "crossbar", "1,152 x 1,024 crossbar cores on a mesh (Zou et al. 2021)", CROSSBAR_CORES,
            (*CROSSBAR_STRATEGIES,), check_crossbar, map_crossbar, ChipImage,
        ),
        Fabric(
            "hybrid", "PIM macros for a direct-coded first layer, then crossbar cores "
            "(Datta et al. 2022)", HYBRID_CORES,
            (*CROSSBAR_STRATEGIES,), check_hybrid, map_hybrid, HybridImage,
        ),
        Fabric(
            "yoso", "PEs for neurons that fire once, on a mesh (Zhang et al. 2021)", YOSO_CORES,
            YOSO_STRATEGIES, check_yoso, map_yoso, GridImage,
        ),
    )
}  # fmt: skip


def find_fabric(name: str) -> Fabric:
    """Look a fabric up; InputError lists the known ones."""
    if name not in FABRICS:
        raise InputError(f"unknown fabric {name!r}; known: {', '.join(FABRICS)}")
    return FABRICS[name]


def load_image(path: str | Path) -> Image[Any]:
    """Read the image of any fabric, as its class's `load` does; InputError likewise."""
    fabric = read_facts(path).get("fabric")
    if not isinstance(fabric, str) or fabric not in FABRICS:
        raise InputError(f"{path}: fabric {fabric!r}; known: {', '.join(FABRICS)}")
    return FABRICS[fabric].image.load(path)
