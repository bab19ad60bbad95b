"""The arrays of a PIM macro: bit cells, converters, shift-and-add, vectorized over positions.

What they compute is defined here; golden model, trainer and RTL agree with it bit for bit.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from .layout import ADC
from .macro_image import MacroImage
from .noise import Noise, NoisyArray
from .params import MacroParams

__all__ = ["ArrayModel"]

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass
class ArrayModel:
    """Bit cells, converters and shift-and-add.

    noise, place: of an analog macro, see `NoisyArray`; None: as RTL is
    counters: "events", "synaptic_ops", "conversions", "clipped" -> (samples,), of the last call
    touched:  (samples,) sums in which a conversion clipped, likewise
    """

    image: MacroImage
    macro: MacroParams
    noise: Noise | None = None
    place: int = 0
    counters: dict[str, Ints] = field(default_factory=dict)
    touched: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    def __post_init__(self) -> None:
        image, macro = self.image, self.macro
        self.groups = -(-image.rows // macro.rows_active)
        padded = np.zeros((image.channels, self.groups * macro.rows_active), np.int64)
        padded[:, : image.rows] = image.weight
        grouped = padded.reshape(image.channels, self.groups, macro.rows_active)
        bits = grouped[..., None] >> np.arange(macro.weight_bits) & 1
        # (groups, rows of a group, columns), column = channel * weight_bits + bit
        cells = bits.transpose(1, 2, 0, 3).reshape(self.groups, macro.rows_active, -1)
        self._cells = cells.astype(np.float32)
        self._noisy = None
        if self.noise is not None:
            self._noisy = NoisyArray(self.noise, image, macro, self.place)
            self._cells = self._noisy.cells(self._cells)
        self._worth = 1 << np.arange(macro.weight_bits)
        self._worth[-1] *= -1
        adc = ADC.unpack(image.adc)
        self.shift, self.offset = int(adc["shift"]), int(adc["offset"])

    def sums(self, values: npt.NDArray[np.integer]) -> Ints:
        """Weighted sums (samples, neurons) of input `values` (samples, activations)."""
        found, counters = [], []
        for sample in values:
            sums, counted = self._sample(sample.astype(np.int64))
            found.append(sums)
            counters.append(counted)
        self.counters = {n: np.array([c[n] for c in counters], np.int64) for n in counters[0]}
        self.touched = self.counters.pop("touched")
        return np.stack(found)

    def _sample(self, values: Ints) -> tuple[Ints, dict[str, int]]:
        image, macro = self.image, self.macro
        rows = np.zeros((image.positions, self.groups * macro.rows_active), np.int64)
        rows[:, : image.rows] = values[image.places()]
        planes = np.arange(macro.activation_bits)
        split = rows.reshape(image.positions, self.groups, 1, macro.rows_active)
        bits = (split >> planes[:, None] & 1).transpose(1, 0, 2, 3)
        raised = bits.reshape(self.groups, -1, macro.rows_active).astype(np.float32)
        lines = raised.sum(axis=2).astype(np.int64)
        codes, clipped = self._convert((raised @ self._cells).astype(np.int64), values)
        active = lines > 0  # no word line, no conversion
        clipped &= active[..., None]
        weighed = codes.reshape(*codes.shape[:2], image.channels, -1) @ self._worth
        weighed = (weighed * active[..., None]).sum(axis=0)
        sums = weighed.reshape(image.positions, len(planes), -1).transpose(0, 2, 1) @ (1 << planes)
        columns = image.channels * macro.weight_bits
        per_block = macro.lanes * (macro.banks >> image.stack)
        return sums.ravel(), {
            "events": int(lines.sum()) * -(-image.channels // per_block),
            "synaptic_ops": int(lines.sum()) * columns,
            "conversions": int(active.sum()) * columns,
            "clipped": int(clipped.sum()),
            "touched": self._touched(clipped),
        }

    def _touched(self, clipped: Bools) -> int:
        """Sums in which a conversion of (groups, positions x planes, columns) clipped."""
        shape = (self.groups, self.image.positions, -1, self.image.channels, len(self._worth))
        return int(clipped.reshape(shape).any(axis=(0, 2, 4)).sum())

    def _convert(self, counts: Ints, values: Ints) -> tuple[Ints, Bools]:
        """What conversions of these sums stand for, and which clip."""
        if self._noisy is None:
            steps = (counts + self.offset) >> self.shift
        else:
            steps = self._noisy.steps(counts, values)
        clipped = steps > self.macro.largest_code
        return np.where(clipped, self.macro.largest_code, steps) << self.shift, clipped
