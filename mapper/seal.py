"""Checksum of an HDF5 file in its user block, verified before libhdf5 sees a byte.

libhdf5 may crash the whole process on damaged bytes, so no exception handler can help. A user
block is part of the HDF5 format: every reader skips it.
"""

import hashlib
from pathlib import Path
from typing import BinaryIO

from .errors import InputError

__all__ = ["BLOCK", "check_seal", "write_seal"]

BLOCK = 512
"""Bytes of the user block, the smallest that HDF5 allows."""

_MAGIC = b"spikeloom network\nsha256 "
_HDF5 = b"\x89HDF\r\n\x1a\n"


def _digest(file: BinaryIO) -> bytes:
    """Hash of all that follows the user block."""
    file.seek(BLOCK)
    return hashlib.sha256(file.read()).hexdigest().encode()


def write_seal(path: Path) -> None:
    """Fill the user block of the HDF5 file `path`, which was created with room for it."""
    with path.open("r+b") as file:
        text = _MAGIC + _digest(file) + b"\n"
        file.seek(0)
        file.write(text.ljust(BLOCK, b"\0"))


def check_seal(path: Path) -> None:
    """Raise InputError unless `path` holds exactly what was sealed."""
    try:
        with path.open("rb") as file:
            block = file.read(BLOCK)
            found = _digest(file)
            file.seek(0)
            foreign = block.startswith(_HDF5) or file.read(BLOCK + 8).endswith(_HDF5)
    except OSError as error:
        raise InputError(f"{path}: cannot read: {error.strerror}") from error
    expected = (_MAGIC + found + b"\n").ljust(BLOCK, b"\0")
    if block == expected:
        return
    if block.startswith(_MAGIC):
        raise InputError(f"{path}: damaged: not what was written (checksum)")
    if foreign:
        raise InputError(
            f"{path}: not a Network that Spikeloom wrote (foreign NIR or HDF5); "
            "`spikeloom import` quantizes it"
        )
    raise InputError(f"{path}: not a Network (a NIR file, in HDF5)")
