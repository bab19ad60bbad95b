"""PeImage: the memory contents of one YOSO PE, and what makes them valid."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..image import Arrays
from ..image_checks import check_integer
from .layout import ADDRESS_BITS, MODE, ROW, RUN, TARGET, TARGETS
from .params import PeParams

__all__ = ["PeImage"]

Integers = npt.NDArray[np.int64]
_MAX_SOURCES = 127


@dataclass(frozen=True, eq=False, kw_only=True)
class PeImage:
    """One PE's memories, named as the RTL's, and its registers (see `layout.Register`).

    weight:    int8 (weights,)
    threshold: (neurons,) signed;  spike: (neurons,) spike addresses
    row:       (rows,) ROW words;  run: (runs,) RUN words
    targets:   4 TARGET words;  stop: a TARGET word
    """

    weight: npt.NDArray[np.int8]
    threshold: Integers
    spike: Integers
    row: Integers
    run: Integers
    neurons: int = 0
    sources: int = 0
    ticks: int = 0
    mode: int = 0
    line: int = 0
    targets: tuple[int, ...] = (0,) * len(TARGETS)
    stop: int = 0

    SCALARS: ClassVar = ("neurons", "sources", "ticks", "mode", "line", "stop")
    TYPES: ClassVar = {
        "weight": "<i1", "threshold": "<i4", "spike": "<u2", "row": "<u4", "run": "<u4"
    }  # fmt: skip

    @classmethod
    def empty(cls, pe: PeParams) -> "PeImage":
        """A PE that is not used."""
        return cls(
            weight=np.zeros(pe.weights, np.int8),
            threshold=np.zeros(pe.neurons, np.int64),
            spike=np.zeros(pe.neurons, np.int64),
            row=np.zeros(pe.rows, np.int64),
            run=np.zeros(pe.runs, np.int64),
        )

    def has(self, mode: str) -> bool:
        """Whether a field of MODE is set."""
        return bool(self.mode >> MODE.offset(mode) & 1)

    def registers(self) -> dict[str, Any]:
        """The registers' values by name."""
        return {n: getattr(self, n) for n in self.SCALARS} | {"targets": list(self.targets)}

    def arrays(self) -> Arrays:
        """The memories as they are stored."""
        return {name: getattr(self, name).astype(kind) for name, kind in self.TYPES.items()}

    @classmethod
    def load(cls, arrays: Arrays, registers: dict[str, Any], pe: PeParams) -> "PeImage":
        """Inverse of `arrays` and `registers`; KeyError, ValueError for what cannot be a PE."""
        for name, expected in cls.empty(pe).arrays().items():
            found = arrays[name]
            if found.shape != expected.shape or found.dtype != expected.dtype:
                raise ValueError(
                    f"{name} has shape {found.shape} and type {found.dtype}, "
                    f"expected {expected.shape} and {expected.dtype}"
                )
        memories: dict[str, Any] = {n: arrays[n].astype(np.int64) for n in cls.TYPES}
        memories["weight"] = arrays["weight"]
        rest = {n: registers[n] for n in cls.SCALARS} | {"targets": tuple(registers["targets"])}
        image = cls(**memories, **rest)
        image.check(pe)
        return image

    def check(self, pe: PeParams) -> None:
        """Raise ValueError when memories or registers break the PE's contract."""
        self._check_registers(pe)
        for name, bits in (("weight", pe.weight_bits), ("threshold", pe.potential_bits)):
            value = getattr(self, name)
            if value.min() < -1 << bits - 1 or value.max() >= 1 << bits - 1:
                raise ValueError(f"{name} does not fit {bits} bits")
        if self.threshold[self.neurons :].any() or self.spike[self.neurons :].any():
            raise ValueError("neurons beyond those in use")
        unused = PeImage.empty(pe).registers()
        if not self.neurons and (self.registers() != unused or self.weight.any()):
            raise ValueError("a PE without neurons has weights or registers")
        if self.has("listed"):
            self._check_lists()
        elif self.row.any() or self.run.any():
            raise ValueError("weight lists in a PE that does not read them")

    def _check_registers(self, pe: PeParams) -> None:
        check_integer("register neurons", self.neurons, 0, pe.neurons)
        check_integer("register sources", self.sources, 0, _MAX_SOURCES)
        check_integer("register ticks", self.ticks, min(1, self.neurons), pe.ticks)
        check_integer("register mode", self.mode, 0, (1 << MODE.width) - 1)
        check_integer("register line", self.line, 0, (1 << ADDRESS_BITS) - 1)
        if len(self.targets) != len(TARGETS):
            raise ValueError(f"{len(self.targets)} targets, expected {len(TARGETS)}")
        for name, word in (("target", self.targets), ("stop", (self.stop,))):
            for value in word:
                check_integer(f"register {name}", value, 0, (1 << TARGET.width) - 1)
                if value and not TARGET.unpack(value)["valid"]:
                    raise ValueError(f"register {name} has fields but is not valid")
        if self.has("exit"):
            raise ValueError("mode exit is the host's choice")
        if self.has("listed") and not pe.lists:
            raise ValueError("mode listed in a PE without weight lists")

    def _check_lists(self) -> None:
        row, run = ROW.unpack(self.row), RUN.unpack(self.run)
        if (row["start"] + row["count"]).max() > len(self.run):
            raise ValueError("a row leads beyond the runs")
        if (run["weight"] + run["more"] >= len(self.weight)).any():
            raise ValueError("a run leads beyond the weights")
        if (run["neuron"] + run["more"] >= self.neurons).any():
            raise ValueError("a run leads beyond the neurons")
