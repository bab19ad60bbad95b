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
_BLOCK = 1 << 20  # conversions that are in memory at a time


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
        columns, planes = self.image.channels * self.macro.weight_bits, self.macro.activation_bits
        conversions = self.groups * self.image.positions * planes * columns
        block = max(1, _BLOCK // max(conversions, 1))
        parts = [self._block(values[first : first + block].astype(np.int64))
                 for first in range(0, len(values), block)]  # fmt: skip
        counters = [counted for _, counted in parts]
        self.counters = {n: np.concatenate([c[n] for c in counters]) for n in counters[0]}
        self.touched = self.counters.pop("touched")
        return np.concatenate([sums for sums, _ in parts])

    def _block(self, values: Ints) -> tuple[Ints, dict[str, Ints]]:
        """Sums and counters of a few samples; a line is a sample, a position and a bit."""
        image, samples = self.image, len(values)
        planes = np.arange(self.macro.activation_bits)
        raised = self._raised(values, planes)
        lines = raised.sum(axis=2).astype(np.int64)
        codes, clipped = self._convert((raised @ self._cells).astype(np.int64), values)
        active = lines > 0  # no word line, no conversion
        clipped &= active[..., None]
        weighed = codes.reshape(*codes.shape[:2], image.channels, -1) @ self._worth
        weighed = (weighed * active[..., None]).sum(axis=0)
        by_plane = weighed.reshape(samples, image.positions, len(planes), -1).swapaxes(2, 3)
        sums = (by_plane @ (1 << planes)).reshape(samples, -1)
        return sums, self._count(samples, lines, clipped)

    def _raised(self, values: Ints, planes: Ints) -> npt.NDArray[np.float32]:
        """(groups, lines, rows of a group) which word lines are raised."""
        image, macro = self.image, self.macro
        rows = np.zeros((len(values), image.positions, self.groups * macro.rows_active), np.int64)
        rows[..., : image.rows] = values[:, image.places()]
        split = rows.reshape(-1, self.groups, 1, macro.rows_active)
        bits = (split >> planes[:, None] & 1).swapaxes(0, 1)
        return bits.reshape(self.groups, -1, macro.rows_active).astype(np.float32)

    def _count(self, samples: int, lines: Ints, clipped: Bools) -> dict[str, Ints]:
        """Counters (samples,), and "touched"."""
        image, macro = self.image, self.macro
        columns = image.channels * macro.weight_bits
        per_block = macro.lanes * (macro.banks >> image.stack)
        by_sample = lines.reshape(self.groups, samples, -1)
        raised = by_sample.sum(axis=(0, 2))
        shape = (self.groups, samples, image.positions, macro.activation_bits, image.channels,
                 macro.weight_bits)  # fmt: skip
        sums = clipped.reshape(shape)
        return {
            "events": raised * -(-image.channels // per_block),
            "synaptic_ops": raised * columns,
            "conversions": (by_sample > 0).sum(axis=(0, 2)) * columns,
            "clipped": sums.sum(axis=(0, 2, 3, 4, 5)),
            "touched": sums.any(axis=(0, 3, 5)).sum(axis=(1, 2)),
        }

    def _convert(self, counts: Ints, values: Ints) -> tuple[Ints, Bools]:
        """What conversions of these sums stand for, and which clip."""
        if self._noisy is None:
            steps = (counts + self.offset) >> self.shift
        else:
            steps = self._noisy.steps(counts, values)
        clipped = steps > self.macro.largest_code
        return np.where(clipped, self.macro.largest_code, steps) << self.shift, clipped
