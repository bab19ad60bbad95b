"""Numeric variables of MATLAB files, versions 5 to 7.

Files come from users. `scipy.io.loadmat` of a damaged one can end the whole process (a bus error
in its compiled reader, scipy 1.17), so the little of the format that is needed is read here, with
every length checked. Source: "MAT-File Format", The MathWorks, chapter 1.
"""

import math
import zlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["MatlabError", "Variable", "read_variables"]

HEADER = 128
MATRIX, COMPRESSED = 14, 15
TYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8",
         13: "u8"}  # fmt: skip
NUMERIC = range(6, 16)
"""Array classes: double, single, and the integers of 8 to 64 bits."""
COMPLEX = 0x800
_MOST_BYTES = 1 << 30


class MatlabError(Exception):
    """The content is not that of a MATLAB 5 to 7 file."""


class Variable(NamedTuple):
    """shape: as MATLAB has it; values: () if they are not real numbers, else of that shape."""

    shape: tuple[int, ...]
    values: npt.NDArray[np.generic] | None


def read_variables(content: bytes) -> dict[str, Variable]:
    """All variables of a file by name. Raises MatlabError, which says what is wrong."""
    if len(content) < HEADER or content[126:128] not in (b"IM", b"MI"):
        raise MatlabError("no MATLAB 5 header")
    order = "<" if content[126:128] == b"IM" else ">"
    found = {}
    for kind, data in _elements(content[HEADER:], order):
        if kind == COMPRESSED:
            ((kind, data),) = list(_elements(_inflated(data), order))[:1] or [(0, b"")]
        if kind != MATRIX:
            raise MatlabError(f"element of type {kind} where a variable should be")
        name, variable = _variable(data, order)
        found[name] = variable
    return found


def _elements(data: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """(type, content) of the elements that `data` consists of."""
    at = 0
    while at < len(data):
        if at + 8 > len(data):
            raise MatlabError("truncated")
        kind, size = (int(n) for n in np.frombuffer(data, f"{order}u4", 2, at))
        if kind >> 16:  # up to four bytes lie in the tag itself
            kind, size, start, step = kind & 0xFFFF, kind >> 16, at + 4, 8
            if size > 4:
                raise MatlabError(f"small element of {size} bytes")
        else:
            start, step = at + 8, 8 + size
        if start + size > len(data):
            raise MatlabError(f"truncated: an element of {size} bytes does not fit")
        yield kind, data[start : start + size]
        at += step if kind == COMPRESSED else -(-step // 8) * 8


def _inflated(data: bytes) -> bytes:
    try:
        expander = zlib.decompressobj()
        result = expander.decompress(data, _MOST_BYTES)
    except zlib.error as error:
        raise MatlabError(f"damaged compression: {error}") from error
    if not expander.eof:
        raise MatlabError(f"compressed data are truncated or more than {_MOST_BYTES} bytes")
    return result


def _variable(data: bytes, order: str) -> tuple[str, Variable]:
    parts = list(_elements(data, order))
    if len(parts) < 3 or len(parts[0][1]) != 8 or len(parts[1][1]) % 4:
        raise MatlabError("a variable without flags, dimensions and name")
    (flags, _), sizes = np.frombuffer(parts[0][1], f"{order}u4"), parts[1][1]
    shape = tuple(int(n) for n in np.frombuffer(sizes, f"{order}i4"))
    name = parts[2][1].decode("latin-1")
    if int(flags) & 0xFF not in NUMERIC or int(flags) & COMPLEX or len(parts) != 4:
        return name, Variable(shape, None)
    kind, raw = parts[3]
    if kind not in TYPES or min(shape, default=0) < 0:
        raise MatlabError(f"variable {name!r}: numbers of unknown type {kind}, shape {shape}")
    stored = np.dtype(order + TYPES[kind])
    if math.prod(shape) * stored.itemsize != len(raw):
        raise MatlabError(f"variable {name!r}: {len(raw)} bytes do not make shape {shape}")
    return name, Variable(shape, np.frombuffer(raw, stored).reshape(shape, order="F"))
