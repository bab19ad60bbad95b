"""What each PE of an image hears of: who sends it tokens, and with which addresses spikes."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..mesh import MeshParams
from ..network import INPUT
from ..packets import PACKET, SIDES
from .layout import TARGET

if TYPE_CHECKING:
    from .image import GridImage

__all__ = ["Heard", "cores_in", "what_is_heard"]

Fields = dict[str, npt.NDArray[np.int64]]


@dataclass
class Heard:
    """By one PE.

    sources: who sends it tokens: PEs, and "input" for the host
    parts:   addresses of all spikes that can reach it in a sample, some from each
    """

    sources: set[int | str] = field(default_factory=set)
    parts: list[npt.NDArray[np.int64]] = field(default_factory=list)

    @property
    def addresses(self) -> npt.NDArray[np.int64]:
        """Of all of them."""
        return np.concatenate([np.zeros(0, np.int64), *self.parts])


def cores_in(fields: Fields, params: MeshParams, where: str) -> list[int]:
    """Cores of a rectangle; ValueError when it is none or not inside the mesh."""
    x0, y0, x1, y1 = (int(fields[n]) for n in SIDES)
    if not x0 <= x1 < params.width or not y0 <= y1 < params.height:
        raise ValueError(f"{where} leads outside the mesh")
    return [y * params.width + x for y in range(y0, y1 + 1) for x in range(x0, x1 + 1)]


def what_is_heard(image: "GridImage") -> list[Heard]:
    """Per PE. ValueError: something leads outside the mesh, or twice to the same PE."""
    heard = [Heard() for _ in image.cores]
    for word in image.tokens:
        _tell(heard, cores_in(PACKET.unpack(word), image.params, "a token"), INPUT, None)
    for i, pe in enumerate(image.cores):
        for target in (TARGET.unpack(word) for word in pe.targets if word):
            cores = cores_in(target, image.params, f"PE {i}: a target")
            _tell(heard, cores, i, pe.spike[: pe.neurons])
    _add_feed(heard, image)
    return heard


def _tell(
    heard: list[Heard], cores: list[int], source: int | str,
    addresses: npt.NDArray[np.int64] | None,
) -> None:  # fmt: skip
    for core in cores:
        if source in heard[core].sources:
            raise ValueError(f"{source} sends twice to PE {core}")
        heard[core].sources.add(source)
        if addresses is not None:
            heard[core].parts.append(addresses)


def _add_feed(heard: list[Heard], image: "GridImage") -> None:
    fields = PACKET.unpack(image.feed.packet)
    element = np.repeat(np.arange(len(image.feed.start) - 1), np.diff(image.feed.start))
    sides = np.stack([fields[n] for n in SIDES], axis=1)
    reached = np.zeros((len(image.feed.start) - 1, len(heard)), np.int32)
    for rectangle in np.unique(sides, axis=0):
        same = (sides == rectangle).all(axis=1)
        word = dict(zip(SIDES, rectangle, strict=True))
        for core in cores_in(word, image.params, "a packet of the input"):
            if INPUT not in heard[core].sources:
                raise ValueError(f"the input sends spikes to PE {core}, but no tokens")
            np.add.at(reached[:, core], element[same], 1)
            if reached[:, core].max(initial=0) > 1:
                raise ValueError(f"an input element sends twice to PE {core}")
            heard[core].parts.append(fields["data"][same])
