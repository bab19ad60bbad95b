"""One YOSO PE's memories, read bit by bit."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..network import Population
from .words import Arrays, Integers, Mistakes, named

__all__ = ["Pe"]

_PSP, _SILENT, _LISTED, _HOST, _EXIT, _LAZY = range(6)  # bits of MODE


@dataclass
class Pe:
    """weight, threshold, spike, row, run: its memories; targets and the rest: its registers

    holds: local neuron -> neuron of `population`
    """

    index: int
    weight: Integers
    threshold: Integers
    spike: Integers
    row: Integers
    run: Integers
    targets: Integers
    neurons: int
    sources: int
    ticks: int
    mode: int
    line: int
    stop: int
    size: dict[str, int]
    population: str = ""
    holds: dict[int, int] = field(default_factory=dict)

    @classmethod
    def read(
        cls, index: int, registers: dict[str, Any], size: dict[str, int], arrays: Arrays
    ) -> "Pe":
        """PE `index` of an image."""
        stored: dict[str, Any] = {n: arrays[f"core{index}/{n}"].astype(np.int64) for n in
                  ("weight", "threshold", "spike", "row", "run")}  # fmt: skip
        stored |= registers | {"targets": np.array(registers["targets"], np.int64)}
        return cls(index, **stored, size=size)

    def has(self, bit: int) -> bool:
        """A bit of MODE."""
        return bool(self.mode >> bit & 1)

    def look_up(self, address: int, sums: Integers, read: Any, found: Mistakes) -> None:
        """Add to `sums` (neurons,) what a spike with this address adds; mark the weights `read`."""
        if not self.has(_LISTED):
            if address + self.neurons > len(self.weight):
                found.add("over capacity", f"PE {self.index}: weights from {address} on, of "
                          f"{self.neurons} neurons, lie beyond its memory")  # fmt: skip
                return
            sums += self.weight[address : address + self.neurons]
            read[address : address + self.neurons] = True
            return
        if address >= len(self.row):
            found.add("over capacity", f"PE {self.index} has no row {address}")
            return
        start, count = int(self.row[address]) & 0xFFFF, int(self.row[address]) >> 16
        for word in self.run[start : start + count].tolist():
            first, neuron, n = word & 0xFFFF, word >> 16 & 0x3FF, (word >> 26 & 0x3F) + 1
            if neuron + n > self.neurons or first + n > len(self.weight):
                found.add("over capacity", f"PE {self.index}: a run of row {address} leads beyond "
                          "its neurons or weights")  # fmt: skip
                continue
            sums[neuron : neuron + n] += self.weight[first : first + n]
            read[first : first + n] = True

    def check(self, p: Population, ticks: int, lines: dict[str, int], found: Mistakes) -> None:
        """Registers, thresholds and output lines."""
        silent = p.kind.endswith("readout")
        where, thresholds = f"PE {self.index}", self.threshold[: self.neurons]
        right = {
            "ticks": (self.ticks, ticks),
            "psp": (self.has(_PSP), p.kind.startswith("rel_psp")),
            "silent": (self.has(_SILENT), silent), "exit": (self.has(_EXIT), False),
            "host": (self.has(_HOST), p.name in lines),
        }  # fmt: skip
        if self.has(_LAZY):
            right["lazy"] = silent or bool((thresholds > 0).all()), True
        for name, (value, expected) in right.items():
            if value != expected:
                found.add("wrong parameter", f"{where}, {p.name}: {name} is {value}, expected "
                          f"{expected}")  # fmt: skip
        if (abs(self.weight * 2 + 1) >= 1 << self.size["weight_bits"]).any():
            found.add("over capacity", f"{where}: a weight needs more bits than a word has")
        for k, j in self.holds.items():
            neuron = named(p.name, j, p.shape)
            if p.bias[j] or p.initial[j] or (not silent and self.threshold[k] != p.threshold[j]):
                found.add("wrong parameter", f"{neuron}: threshold {self.threshold[k]}, bias and "
                          f"initial 0; expected {p.threshold[j]}, {p.bias[j]} and {p.initial[j]}"
                          )  # fmt: skip
            if self.has(_HOST) and self.line + k != lines[p.name] + j:
                found.add("wrong output line", f"{neuron} tells the host line {self.line + k}, "
                          f"expected {lines[p.name] + j}")  # fmt: skip
