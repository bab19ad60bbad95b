"""One crossbar core's memories, read bit by bit."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from .words import Arrays, Integers, Mistakes, bits

__all__ = ["Core"]


@dataclass
class Core:
    """synapse: (axons, neurons) 0 and 1; control, threshold, bias, initial, pointer: per column;
    route: ROUTE words; registers; size: the parameters of a core

    neurons: columns that end a complete neuron and have not been found to be the Network's
    holds: column -> (population, its neuron)
    opens: population -> ticks after the core's first at which its network tick 0 runs
    """

    index: int
    synapse: Integers
    control: Integers
    threshold: Integers
    bias: Integers
    initial: Integers
    pointer: Integers
    route: Integers
    columns: int
    extension: int
    first_tick: int
    ticks: int
    size: dict[str, int]
    neurons: list[int] = field(default_factory=list)
    holds: dict[int, tuple[str, int]] = field(default_factory=dict)
    opens: dict[str, int] = field(default_factory=dict)

    @classmethod
    def read(
        cls, index: int, registers: dict[str, int], size: dict[str, int], arrays: Arrays
    ) -> "Core":
        """Core `index` of an image."""
        stored: dict[str, Any] = {n: arrays[f"core{index}/{n}"].astype(np.int64) for n in
                  ("control", "threshold", "bias", "initial", "pointer", "route")}  # fmt: skip
        packed = arrays[f"core{index}/synapse"]
        synapse = (packed[:, :, None] >> np.arange(8, dtype=np.uint8)) & 1
        core = cls(index, synapse.reshape(len(packed), -1), **stored | registers, size=size)
        core.neurons = np.flatnonzero(bits(core.control[: core.columns], 4, 1)).tolist()
        return core

    def check(self, found: Mistakes) -> None:
        """Nothing beyond what the core has, and nothing in what it does not use."""
        size, where = self.size, f"core {self.index}"
        room = size["neurons"] >> self.extension
        if 1 << self.extension > size["max_extension"] or self.columns > room:
            found.add("over capacity", f"{where} uses {self.columns} columns in 2^{self.extension} "
                      f"phases; it has {room}")  # fmt: skip
        limit = 1 << size["potential_bits"] - 1
        for name in ("threshold", "bias", "initial"):
            value = getattr(self, name)
            if value.min() < -limit or value.max() >= limit:
                found.add("over capacity", f"{where}: a {name} needs more than "
                          f"{size['potential_bits']} bits")  # fmt: skip
        if (bits(self.pointer, 0, 16) + bits(self.pointer, 16, 16)).max() > size["routes"]:
            found.add("over capacity", f"{where}: a neuron's routes lie beyond the routing table")
        if self.columns and (not self.neurons or self.neurons[-1] != self.columns - 1):
            found.add("foreign neuron", f"{where}: its last columns end no neuron")
        used = np.zeros(size["neurons"], bool)
        for phase in range(1 << self.extension):
            used[phase * room : phase * room + self.columns] = True
        stray = int(self.synapse[:, ~used].sum())
        if stray:
            found.add("foreign synapse", f"{where} has some in columns that it does not use", stray)

    def routes_of(self, column: int) -> Integers:
        """ROUTE words of the neuron that ends in this column."""
        start, count = (int(bits(self.pointer[column], 16 * i, 16)) for i in range(2))
        return self.route[start : start + count]

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
