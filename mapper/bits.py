"""Bit layouts stated once, used by numpy, cocotb and Amaranth alike."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import InputError

__all__ = ["BitLayout"]


@dataclass(frozen=True)
class BitLayout:
    """Named unsigned fields of a word, first field in the least significant bits."""

    name: str
    fields: tuple[tuple[str, int], ...]

    @property
    def width(self) -> int:
        """Bits in the word (at most 64)."""
        return sum(width for _, width in self.fields)

    def offset(self, field: str) -> int:
        """Position of a field's least significant bit."""
        position = 0
        for name, width in self.fields:
            if name == field:
                return position
            position += width
        raise KeyError(field)

    def pack(self, **values: Any) -> npt.NDArray[np.uint64]:
        """Words (broadcast shape of the values) from field values; missing fields are 0.

        Raises InputError when a value does not fit its field.
        """
        word: Any = np.uint64(0)
        widths = dict(self.fields)
        for name, value in values.items():
            array = np.asarray(value).astype(np.int64)
            misfits = array[(array < 0) | (array >> widths[name] != 0)]
            if misfits.size:
                raise InputError(
                    f"{self.name}.{name}: {misfits.flat[0]} does not fit {widths[name]} bits"
                )
            word = word | (array.astype(np.uint64) << np.uint64(self.offset(name)))
        return np.asarray(word, dtype=np.uint64)

    def unpack(self, word: Any) -> dict[str, npt.NDArray[np.int64]]:
        """Field values (int64, shape of `word`)."""
        words = np.asarray(word).astype(np.uint64)
        return {
            name: ((words >> np.uint64(self.offset(name))) & np.uint64((1 << width) - 1)).astype(
                np.int64
            )
            for name, width in self.fields
        }
