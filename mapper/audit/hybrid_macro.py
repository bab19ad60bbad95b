"""One PIM macro's memories, read as docs/chipimage.md says."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from .neurons import Neurons
from .words import Arrays, Integers, Mistakes

__all__ = ["Macro"]

_OF_CHANNELS = ("control", "threshold", "initial", "bias")


@dataclass(kw_only=True)
class Macro(Neurons):
    """weight: (channels, rows); row: (rows,); position: (positions,); stack, adc: registers

    Column position * channels + channel has the words of its channel.
    """

    weight: Integers
    row: Integers
    position: Integers
    stack: int
    adc: int

    KIND: ClassVar = "macro"

    @classmethod
    def read(
        cls, index: int, registers: dict[str, int], size: dict[str, int], arrays: Arrays
    ) -> "Macro":
        """Macro `index` of an image."""
        stored: dict[str, Any] = {n: arrays[f"core{index}/{n}"].astype(np.int64) for n in
                  ("weight", "row", "position", "pointer", "route", *_OF_CHANNELS)}  # fmt: skip
        for name in _OF_CHANNELS:
            stored[name] = np.tile(stored[name], len(stored["position"]))
        macro = cls(index=index, **stored | registers, first_tick=0, size=size)
        macro.free = set(range(len(macro.control)))
        return macro

    @property
    def places(self) -> Integers:
        """(positions, rows): place in the input buffer of the value that drives each row."""
        return np.add.outer(self.position, self.row)

    def check(self, found: Mistakes) -> None:
        """Nothing beyond what the macro has."""
        super().check(found)
        size, (channels, rows) = self.size, self.weight.shape
        sets = size["banks"] >> self.stack
        for what, used, room in (
            ("channels", channels, sets * (size["columns"] // size["weight_bits"])),
            ("rows", rows, size["rows"] << self.stack),
            ("positions", len(self.position), size["positions"]),
            ("neurons", len(self.control), size["neurons"]),
            ("input values", int(self.places.max(initial=-1)) + 1, size["activations"]),
        ):
            if used > room:
                found.add("over capacity", f"{self.where} uses {used} {what}; it has {room}")
        if (abs(self.weight * 2 + 1) >= 1 << size["weight_bits"]).any():
            found.add("over capacity", f"{self.where}: a weight needs more bits than its columns")
