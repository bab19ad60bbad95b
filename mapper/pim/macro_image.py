"""MacroImage: what a PIM macro is programmed with, and what makes it valid."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..crossbar.layout import CONTROL, POINTER
from .layout import ADC, WORD
from .params import MacroParams

__all__ = ["MacroImage"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class MacroImage:
    """A kernel at some positions of the input, and what its neurons do.

    weight:   (channels, rows), rows being the fan-in of a neuron
    row:      (rows,) offsets of the input values that drive them
    position: (positions,) what is added to these offsets
    control, threshold, initial, bias: (channels,); control: CONTROL words of the crossbar
    pointer:  (positions * channels,) POINTER words, by neuron; route: (any,) ROUTE words
    stack:    log2 of the banks that share the rows of a channel
    ticks:    of a sample; adc: an ADC word
    """

    weight: Ints
    row: Ints
    position: Ints
    control: Ints
    threshold: Ints
    initial: Ints
    bias: Ints
    pointer: Ints
    route: Ints
    stack: int
    ticks: int
    adc: int

    REGISTERS: ClassVar = ("stack", "ticks", "adc")
    CHANNEL: ClassVar = ("control", "threshold", "initial", "bias")
    TYPES: ClassVar = {
        "weight": "<i1", "row": "<u2", "position": "<u2", "control": "<u2", "threshold": "<i4",
        "initial": "<i4", "bias": "<i4", "pointer": "<u4", "route": "<u4",
    }  # fmt: skip

    @classmethod
    def bare(cls, weight: Ints, row: Ints, position: Ints, stack: int, adc: int) -> "MacroImage":
        """Only what the arrays compute with; the neurons do nothing."""
        words = {name: np.zeros(len(weight), np.int64) for name in cls.CHANNEL}
        pointer = np.zeros(len(position) * len(weight), np.int64)
        return cls(weight=weight, row=row, position=position, pointer=pointer,
                   route=np.zeros(0, np.int64), stack=stack, ticks=1, adc=adc,
                   **words)  # fmt: skip

    @property
    def channels(self) -> int:
        """Output channels."""
        return len(self.weight)

    @property
    def rows(self) -> int:
        """Fan-in of a neuron."""
        return self.weight.shape[1]

    @property
    def positions(self) -> int:
        """Places of the kernel."""
        return len(self.position)

    @property
    def neurons(self) -> int:
        """Neurons: position * channels + channel."""
        return self.positions * self.channels

    def places(self) -> Ints:
        """(positions, rows): the input value that drives each row."""
        return self.position[:, None] + self.row

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """The memories as stored: small types."""
        return {name: getattr(self, name).astype(kind) for name, kind in self.TYPES.items()}

    def registers(self) -> dict[str, int]:
        """The registers' values by name, but those that follow from the arrays."""
        return {name: getattr(self, name) for name in self.REGISTERS}

    @classmethod
    def load(
        cls, arrays: dict[str, npt.NDArray[Any]], registers: dict[str, int], macro: MacroParams
    ) -> "MacroImage":
        """Inverse of `arrays` and `registers`; KeyError, ValueError for what cannot be a macro."""
        for name, kind in cls.TYPES.items():
            if arrays[name].dtype != np.dtype(kind) or arrays[name].ndim != 1 + (name == "weight"):
                raise ValueError(f"{name} has shape {arrays[name].shape}, type "
                                 f"{arrays[name].dtype}, expected {kind}")  # fmt: skip
        values: dict[str, Any] = {name: arrays[name].astype(np.int64) for name in cls.TYPES}
        image = cls(**values | {name: registers[name] for name in cls.REGISTERS})
        image.check(macro)
        return image

    def check(self, macro: MacroParams) -> None:
        """Raise ValueError when the memories break the macro's contract."""
        self._check_registers(macro)
        self._check_sizes(macro)
        low, high = -(1 << (macro.weight_bits - 1)), (1 << (macro.weight_bits - 1)) - 1
        self._check_range("weight", low, high)
        self._check_range("row", 0, macro.activations - 1)
        self._check_range("position", 0, macro.activations - 1)
        if self.places().max(initial=0) >= macro.activations:
            raise ValueError(f"a row reads beyond the {macro.activations} input values")
        limit = 1 << (macro.potential_bits - 1)
        for name in ("threshold", "initial", "bias"):
            self._check_range(name, -limit, limit - 1)
        self._check_range("control", 0, (1 << CONTROL.width) - 1)
        pointer = POINTER.unpack(self.pointer)
        if (pointer["start"] + pointer["count"])[pointer["count"] > 0].max(initial=0) > len(
            self.route
        ):
            raise ValueError("a neuron's routes lie beyond the routing table")

    def _check_registers(self, macro: MacroParams) -> None:
        limits = {"stack": macro.banks.bit_length() - 1, "ticks": (1 << 16) - 1,
                  "adc": (1 << ADC.width) - 1}  # fmt: skip
        for name, limit in limits.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= limit:
                raise ValueError(f"register {name} is {value!r}, expected 0..{limit}")

    def _check_sizes(self, macro: MacroParams) -> None:
        sizes = {
            "channels": (self.channels, macro.channels >> self.stack),
            "rows": (self.rows, macro.rows << self.stack),
            "positions": (self.positions, macro.positions),
            "neurons": (self.neurons, macro.neurons),
            "routes": (len(self.route), macro.routes),
        }
        for name, (size, limit) in sizes.items():
            if size > limit:
                raise ValueError(f"{size} {name}, the macro has {limit}")
        expected = {"row": self.rows, "pointer": self.neurons,
                    **dict.fromkeys(self.CHANNEL, self.channels)}  # fmt: skip
        for name, size in expected.items():
            if len(getattr(self, name)) != size:
                raise ValueError(f"{name} has {len(getattr(self, name))} words, expected {size}")

    def _check_range(self, name: str, low: int, high: int) -> None:
        values = getattr(self, name)
        if values.size and (values.min() < low or values.max() > high):
            raise ValueError(f"{name} lies in {values.min()}..{values.max()}, not {low}..{high}")

    def matrix(self, macro: MacroParams) -> npt.NDArray[np.bool_]:
        """The bit cells as they lie, (rows, bit lines of all banks side by side)."""
        sets = macro.banks >> self.stack
        found = np.zeros((macro.banks, macro.rows, macro.columns), bool)
        channel, row = (a.ravel() for a in np.indices(self.weight.shape))
        part, within = np.divmod(row, macro.rows)
        bank = (channel % sets << self.stack) + part
        for bit in range(macro.weight_bits):
            column = channel // sets * macro.weight_bits + bit
            found[bank, within, column] = self.weight.ravel() >> bit & 1
        return found.swapaxes(0, 1).reshape(macro.rows, -1)

    def cells(self, macro: MacroParams) -> npt.NDArray[np.uint32]:
        """The bit cells as programming words (banks, groups, blocks, parts).

        Within a read word the rows of a group come first, then the bits of a weight, then the
        lanes.
        """
        sets = macro.banks >> self.stack
        shape = (macro.banks, macro.groups, macro.blocks, macro.lanes, macro.weight_bits,
                 macro.rows_active)  # fmt: skip
        bits = np.zeros(shape, np.uint8)
        channel, row = (a.ravel() for a in np.indices(self.weight.shape))
        part, within = np.divmod(row, macro.rows)
        group, active = np.divmod(within, macro.rows_active)
        block, lane = np.divmod(channel // sets, macro.lanes)
        bank = (channel % sets << self.stack) + part
        for bit in range(macro.weight_bits):
            bits[bank, group, block, lane, bit, active] = (self.weight.ravel() >> bit) & 1
        flat = bits.reshape(*shape[:3], -1)
        spare = macro.parts * WORD - flat.shape[-1]
        flat = np.pad(flat, [(0, 0)] * 3 + [(0, spare)])
        return np.packbits(flat, axis=-1, bitorder="little").view("<u4")
