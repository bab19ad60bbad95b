"""From the packets that a hybrid chip sends to the trace of a run."""

import numpy as np
import numpy.typing as npt

from mapper.hybrid.image import HybridImage
from mapper.pim.layout import WORD, Region, region_address

from ..answers import added_counts
from ..checksums import ChecksumGroups
from ..crossbar.answers import Decoder
from ..crossbar.samples import SamplePlan
from ..reads import Read
from ..trace import ChipTrace

__all__ = ["CONVERTER_COUNTERS", "HybridDecoder"]

Ints = npt.NDArray[np.int64]
CONVERTER_COUNTERS = ("conversions", "clipped")
"""Counters of macros alone; 0 for crossbar cores."""


class HybridDecoder(Decoder):
    """Crossbar cores answer as ever; macros number their neurons without gaps."""

    def __init__(self, image: HybridImage, plan: SamplePlan, checksums: ChecksumGroups) -> None:
        super().__init__(image, [plan], [checksums])
        self._macros = [*image.macros]

    def _is_macro(self, read: Read) -> bool:
        return read.core in self._macros

    def _fired_columns(self, read: Read) -> tuple[int, int]:
        if not self._is_macro(read):
            return super()._fired_columns(read)
        return (int(read.addresses[0]) - region_address(Region.FIRED, 0)) * WORD, WORD

    def _columns(self, read: Read) -> Ints:
        if not self._is_macro(read):
            return super()._columns(read)
        return read.addresses - region_address(Region.POTENTIAL, 0)

    def _replies(self, trace: ChipTrace, plan: SamplePlan, data: Ints) -> Ints:
        """The converters' counters come last."""
        count = len(self._macros) * len(CONVERTER_COUNTERS)
        self._converted = data[:, -count:].reshape(len(data), -1, len(CONVERTER_COUNTERS))
        return super()._replies(trace, plan, data)

    def _counters(self, trace: ChipTrace, registers: list[Ints]) -> None:
        super()._counters(trace, registers)
        # `added_counts` takes error bits first; converters have none.
        rows = np.concatenate([np.zeros_like(self._converted[..., :1]), self._converted], axis=2)
        _, added = added_counts(rows)
        for i, name in enumerate(CONVERTER_COUNTERS):
            counts = np.zeros_like(trace.counters["events"])
            counts[:, self._macros] = added[:, :, i]
            trace.counters[name] = trace.measured[name] = counts
