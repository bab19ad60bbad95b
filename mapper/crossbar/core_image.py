"""CoreImage: the memory contents of one crossbar core, and what makes them valid."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..semantics import DecayKind
from .layout import CONTROL, DECAY_CODE
from .params import CoreParams

__all__ = ["CoreImage"]


@dataclass(frozen=True, eq=False)
class CoreImage:
    """One core's memories, named as the RTL's.

    synapse:   bool (axons, neurons)
    control:   (neurons,) CONTROL words;  threshold, initial, bias: (neurons,) signed
    pointer:   (neurons,) POINTER words;  route: (routes,) ROUTE words
    columns, extension, first_tick, ticks: registers; extension is log2 of f
    """

    synapse: npt.NDArray[np.bool_]
    control: npt.NDArray[np.int64]
    threshold: npt.NDArray[np.int64]
    initial: npt.NDArray[np.int64]
    bias: npt.NDArray[np.int64]
    pointer: npt.NDArray[np.int64]
    route: npt.NDArray[np.int64]
    columns: int
    extension: int
    first_tick: int
    ticks: int

    REGISTERS: ClassVar = ("columns", "extension", "first_tick", "ticks")
    VECTORS: ClassVar = ("control", "threshold", "initial", "bias", "pointer")

    @classmethod
    def empty(cls, core: CoreParams) -> dict[str, Any]:
        """Constructor arguments of a core that does nothing."""
        vectors = {name: np.zeros(core.neurons, np.int64) for name in cls.VECTORS}
        return vectors | {
            "synapse": np.zeros((core.axons, core.neurons), bool),
            "route": np.zeros(core.routes, np.int64),
            **dict.fromkeys(cls.REGISTERS, 0),
        }

    def active(self, tick: int) -> bool:
        """Whether the core's window is open at this chip tick of its pass."""
        return 0 <= tick - self.first_tick < self.ticks and self.columns > 0

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """The memories as stored: small types, synapses packed 8 to a byte."""
        return {
            "synapse": np.packbits(self.synapse, axis=1, bitorder="little"),
            "control": self.control.astype("<u2"),
            **{n: getattr(self, n).astype("<i4") for n in ("threshold", "initial", "bias")},
            **{n: getattr(self, n).astype("<u4") for n in ("pointer", "route")},
        }

    def registers(self) -> dict[str, int]:
        """The registers' values by name."""
        return {name: getattr(self, name) for name in self.REGISTERS}

    @classmethod
    def load(
        cls, arrays: dict[str, npt.NDArray[Any]], registers: dict[str, int], core: CoreParams
    ) -> "CoreImage":
        """Inverse of `arrays`; KeyError, ValueError for what cannot be a core."""
        reference = cls(**cls.empty(core)).arrays()
        for name, expected in reference.items():
            found = arrays[name]
            if found.shape != expected.shape or found.dtype != expected.dtype:
                raise ValueError(
                    f"{name} has shape {found.shape} and type {found.dtype}, "
                    f"expected {expected.shape} and {expected.dtype}"
                )
        synapse = np.unpackbits(
            arrays["synapse"], axis=1, bitorder="little", count=core.neurons
        ).astype(bool)
        rest: dict[str, Any] = {n: arrays[n].astype(np.int64) for n in (*cls.VECTORS, "route")}
        rest |= {n: registers[n] for n in cls.REGISTERS}
        image = cls(synapse=synapse, **rest)
        image.check(core)
        return image

    def check(self, core: CoreParams) -> None:
        """Raise ValueError when the memories break the core's contract."""
        for name in self.REGISTERS:
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 16:
                raise ValueError(f"register {name} is {value!r}, expected 0..65535")
        if 1 << self.extension > core.max_extension:
            raise ValueError(f"extension 2^{self.extension} exceeds {core.max_extension}")
        if self.columns > core.neurons >> self.extension:
            raise ValueError(f"{self.columns} columns exceed {core.neurons >> self.extension}")
        limit = 1 << (core.potential_bits - 1)
        for name in ("threshold", "initial", "bias"):
            value = getattr(self, name)
            if value.min(initial=0) < -limit or value.max(initial=0) >= limit:
                raise ValueError(f"{name} does not fit {core.potential_bits} bits")
        if (self.control >> CONTROL.width).any() or self.control[self.columns :].any():
            raise ValueError("control words have unknown bits or lie beyond the columns in use")
        lasts = np.flatnonzero(CONTROL.unpack(self.control[: self.columns])["last"])
        if np.diff(lasts, prepend=-1).max(initial=0) > 8 or self.columns != (
            lasts[-1] + 1 if len(lasts) else 0
        ):
            raise ValueError("a complete neuron spans more than 8 columns or does not end")
        control = CONTROL.unpack(self.control[: self.columns])
        if len(lasts) and np.add.reduceat(1 << control["shift"], [0, *lasts[:-1] + 1]).max() > 255:
            raise ValueError("the strengths of a complete neuron sum to more than 255")
        shifts = np.isin(
            control["decay"], (DECAY_CODE[DecayKind.SHIFT], DECAY_CODE[DecayKind.HALVE])
        )
        if ((control["amount"] > 0) != shifts)[lasts].any():
            raise ValueError("a decay has no amount, or an amount that it does not use")
