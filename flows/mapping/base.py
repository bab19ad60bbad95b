"""What the map command asks of a fabric."""

from dataclasses import dataclass
from typing import Any

from mapper.errors import InputError
from mapper.image import Image

__all__ = ["PLACEMENTS", "MapOptions", "Mapped"]

PLACEMENTS = ("rows", "hops")


@dataclass(frozen=True, kw_only=True)
class MapOptions:
    """mesh: (width, height) or None; activity: SET:SPLIT on which spikes are counted, or None: one
    spike per neuron and sample; samples: per load; seed: of the placement.

    Raises InputError for an unknown placement.
    """

    core: Any
    mesh: tuple[int, int] | None
    strategy: str
    placement: str
    activity: str | None
    samples: int
    seed: int

    def __post_init__(self) -> None:
        if self.placement not in PLACEMENTS:
            known = ", ".join(PLACEMENTS)
            raise InputError(f"unknown placement {self.placement!r}; known: {known}")


@dataclass(frozen=True)
class Mapped:
    """The image, and what it costs.

    facts:   JSON values, as `spikeloom map --json` prints them beside the image's summary
    layers:  a line per layer for people; costs: what they want to know, per sample
    chip:    likewise, of the chip
    """

    image: Image[Any]
    facts: dict[str, Any]
    layers: list[dict[str, Any]]
    chip: dict[str, Any]
    costs: dict[str, Any]
