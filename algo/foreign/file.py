"""NIR files of other tools, read without trusting them."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import nir

from mapper.errors import InputError
from mapper.files import check_file
from mapper.nir_io import MAX_BYTES, check_sizes

__all__ = ["read_foreign"]

_SECONDS = 120
_PROBE = """
import sys, nir
from mapper.nir_io import check_sizes
check_sizes(sys.argv[1])
nir.read(sys.argv[1], type_check=False)
"""


def read_foreign(path: str | Path) -> Any:
    """The `nir.NIRGraph` of a file.

    libhdf5 may crash on damaged bytes, so a process of its own reads the file first. Raises
    InputError when the file is missing, not HDF5, not NIR, leads to other files, unpacks to more
    than 1 GiB, or crashes its reader.
    """
    path = Path(path)
    check_file(path, "a NIR file", MAX_BYTES)
    _probe(path)
    try:
        check_sizes(path)
        graph = nir.read(path, type_check=False)
    except Exception as error:  # h5py and nir raise whatever the bytes lead them to
        raise InputError(f"{path}: not a readable NIR file: {error}") from error
    if not isinstance(graph, nir.NIRGraph):
        raise InputError(f"{path}: holds a {type(graph).__name__}, not a NIR graph")
    return graph


def _probe(path: Path) -> None:
    """InputError when reading the file kills the process that does it."""
    command = [sys.executable, "-c", _PROBE, str(path.resolve())]
    try:
        found = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise InputError(f"{path}: not readable as NIR within {_SECONDS} s") from error
    if found.returncode < 0:
        raise InputError(f"{path}: damaged: the HDF5 library crashes on it")
