"""How an image was made: what `spikeloom map` was told, kept in the image, and done again."""

import re
import shlex
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from mapper.errors import InputError
from mapper.fabrics import find_fabric
from mapper.image import Image
from mapper.network import Network

__all__ = ["MapArguments"]


@dataclass(frozen=True, kw_only=True)
class MapArguments:
    """The arguments of `spikeloom map` on which the image depends, as they are typed.

    net: a zoo name or a file; mesh: "3x2", or None: the smallest that fits; activity: SET:SPLIT
    or None, of --place hops, like the seed
    """

    net: str
    target: str = "crossbar"
    core: str = "full"
    mesh: str | None = None
    strategy: str = "paper"
    place: str = "rows"
    activity: str | None = None
    seed: int = 0

    def command(self) -> str:
        """The command, without what is the default."""
        typed = asdict(self)
        options = [
            f"--{f.name} {shlex.quote(str(typed[f.name]))}"
            for f in fields(self) if f.name != "net" and typed[f.name] != f.default
        ]  # fmt: skip
        return " ".join(["spikeloom map", shlex.quote(self.net), *options])

    @property
    def size(self) -> tuple[int, int] | None:
        """The mesh as (width, height); InputError for what is none."""
        if self.mesh is None:
            return None
        match = re.fullmatch(r"([1-8])x([1-8])", self.mesh)
        if not match:
            raise InputError(
                f"mesh {self.mesh!r}: expected WIDTHxHEIGHT with sides 1..8, such as 3x2"
            )
        return int(match[1]), int(match[2])

    def sign(self, image: Image[Any]) -> Image[Any]:
        """The image, which they made, with these arguments in it; of a file only the name."""
        return replace(image, mapping=asdict(self) | {"net": Path(self.net).name})

    def map_rows(self, network: Network) -> Image[Any]:
        """The image with its cores row by row, whatever `place` says."""
        fabric = find_fabric(self.target)
        image = fabric.map(network, fabric.parse(self.core), self.size, self.strategy)
        return self.sign(image)

    @classmethod
    def read(cls, mapping: dict[str, Any], where: str) -> "MapArguments":
        """Those in an image or in Evidence; InputError when there are none or others."""
        kinds = {f.name: (int if f.name == "seed" else str) for f in fields(cls)}
        optional = ("mesh", "activity")
        right = mapping.keys() == kinds.keys() and all(
            type(mapping[name]) is kind or (name in optional and mapping[name] is None)
            for name, kind in kinds.items()
        )
        if not right:
            raise InputError(f"{where} does not say how the network was mapped: give --chip CHIP")
        return cls(**mapping)
