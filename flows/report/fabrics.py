"""What a page says of runs on one fabric, beside what it says of all. A new one is one entry."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .crossbar import facts as crossbar
from .crossbar.occupancy import draw_occupancy
from .drawing import Picture
from .hybrid import facts as hybrid
from .hybrid.occupancy import draw_memories
from .run import Run
from .yoso import facts as yoso
from .yoso.firing import draw_firing
from .yoso.occupancy import draw_pes

__all__ = ["FABRICS", "Fabric"]


@dataclass(frozen=True)
class Fabric:
    """paces:    those that it runs at -> what that means for the figures; "" where it is plain
    check:    raises an exception when the mapper's summary (Evidence.chip) is not complete
    shapes:   summary -> shapes of the fabric's arrays in Evidence; columns: (cores,)
    tiles:    the numbers to see first: (value, what it is, remark)
    facts:    the chip: (name, value)
    layers:   template of the table of layers
    pictures: drawings of the fabric's own, in their order
    """

    paces: Mapping[str, str]
    check: Callable[[dict[str, Any]], None]
    shapes: Callable[[dict[str, Any]], dict[str, tuple[int, ...]]]
    tiles: Callable[[Run], list[tuple[str, str, str]]]
    facts: Callable[[Run], list[tuple[str, str]]]
    layers: str
    pictures: tuple[Callable[[Run], Picture | None], ...]


FABRICS = {
    "crossbar": Fabric(
        {"tick": ""}, crossbar.check, crossbar.shapes, crossbar.tiles, crossbar.chip_facts,
        "crossbar/layers.html", (draw_occupancy,),
    ),
    "hybrid": Fabric(
        {"tick": ""}, hybrid.check, hybrid.shapes, hybrid.tiles, hybrid.chip_facts,
        "hybrid/layers.html", (draw_memories,),
    ),
    "yoso": Fabric(
        yoso.PACES, yoso.check, yoso.shapes, yoso.tiles, yoso.chip_facts,
        "yoso/layers.html", (draw_firing, draw_pes),
    ),
}  # fmt: skip
"""By the name of the fabric, `Image.fabric`."""
