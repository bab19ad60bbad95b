"""One crossbar core's memories, read bit by bit."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from .neurons import Neurons
from .words import Arrays, Integers, Mistakes, bits

__all__ = ["Core"]


@dataclass(kw_only=True)
class Core(Neurons):
    """synapse: (axons, neurons) 0 and 1; columns, extension: registers"""

    synapse: Integers
    columns: int
    extension: int

    KIND: ClassVar = "core"

    @classmethod
    def read(
        cls, index: int, registers: dict[str, int], size: dict[str, int], arrays: Arrays
    ) -> "Core":
        """Core `index` of an image."""
        stored: dict[str, Any] = {n: arrays[f"core{index}/{n}"].astype(np.int64) for n in
                  ("control", "threshold", "bias", "initial", "pointer", "route")}  # fmt: skip
        packed = arrays[f"core{index}/synapse"]
        synapse = (packed[:, :, None] >> np.arange(8, dtype=np.uint8)) & 1
        synapse = synapse.reshape(len(packed), -1)
        core = cls(index=index, synapse=synapse, **stored | registers, size=size)
        core.free = set(np.flatnonzero(bits(core.control[: core.columns], 4, 1)).tolist())
        return core

    def axon(self, row: int, phase: int) -> int | None:
        axons = self.size["axons"]
        exists = self.columns and row < axons and not phase >> self.extension
        return phase * axons + row if exists else None

    def check(self, found: Mistakes) -> None:
        """Nothing beyond what the core has, and nothing in what it does not use."""
        super().check(found)
        size, where = self.size, self.where
        room = size["neurons"] >> self.extension
        if 1 << self.extension > size["max_extension"] or self.columns > room:
            found.add("over capacity", f"{where} uses {self.columns} columns in 2^{self.extension} "
                      f"phases; it has {room}")  # fmt: skip
        if self.columns and max(self.free, default=-1) != self.columns - 1:
            found.add("foreign neuron", f"{where}: its last columns end no neuron")
        used = np.zeros(size["neurons"], bool)
        for phase in range(1 << self.extension):
            used[phase * room : phase * room + self.columns] = True
        stray = int(self.synapse[:, ~used].sum())
        if stray:
            found.add("foreign synapse", f"{where} has some in columns that it does not use", stray)

    def weights(self) -> tuple[Integers, npt.NDArray[np.bool_]]:
        """(sum of strengths, whether any synapse is on), each (axons of all phases, neurons): of
        axon phase * axons + row onto the complete neurons, in the order of their columns.
        """
        room, phases = self.size["neurons"] >> self.extension, 1 << self.extension
        shift, sign = bits(self.control, 0, 3), bits(self.control, 3, 1)
        strength = ((1 - 2 * sign) << shift)[: self.columns]
        ends = np.array(sorted(self.holds))
        starts = np.concatenate([[0], ends[:-1] + 1])
        blocks = [self.synapse[:, p * room : p * room + self.columns] for p in range(phases)]
        on = np.concatenate(blocks).astype(np.int64)
        total = np.add.reduceat(on * strength, starts, axis=1)
        return total, np.add.reduceat(on, starts, axis=1) > 0
