"""Archives of arrays (.npz): no pickled objects, a bounded size, one array of a name."""

import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .files import check_file

__all__ = ["Arrays", "read_arrays"]

Arrays = dict[str, npt.NDArray[Any]]
"""Arrays by their names in the file."""


def read_arrays(path: Path, most: int) -> Arrays:
    """The arrays of a file that `numpy.savez` wrote and that unpacks to at most `most` bytes.

    Any exception for anything else: zipfile, zlib and numpy raise whatever broken bytes lead to.
    """
    check_file(path, "arrays, an .npz file", most)
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
    size = sum(entry.file_size for entry in entries)
    if size > most:
        raise ValueError(f"{path.name} unpacks to {size} bytes, at most {most}")
    if len({entry.filename for entry in entries}) < len(entries):
        raise ValueError(f"{path.name} holds two arrays of the same name")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # numpy warns of headers that it did not write
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
