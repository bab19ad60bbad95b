"""Data sets in the IDX container of MNIST: gzip, big-endian header, bytes."""

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mapper.files import check_file

from .base import Dataset
from .files import check_md5, damaged, find_file

__all__ = ["IdxSource", "load_idx", "parse_idx", "read_gzip"]

_MAX_BYTES = 1 << 26  # MNIST's training images are 47 MB


@dataclass(frozen=True)
class IdxSource:
    """Where an IDX data set lives and what its content must be.

    folder:  folder name below SPIKELOOM_DATA and in the cache
    mirrors: addresses to which "/<file>.gz" is appended
    md5:     checksum of the *uncompressed* content by file name without ".gz"
    """

    name: str
    folder: str
    mirrors: tuple[str, ...]
    md5: dict[str, str]


def load_idx(source: IdxSource, split: str) -> Dataset:
    """Load one split of `source`. Raises InputError on missing, truncated or corrupt files."""
    prefix = "train" if split == "train" else "t10k"
    images = _read(source, f"{prefix}-images-idx3-ubyte")
    labels = _read(source, f"{prefix}-labels-idx1-ubyte").astype(np.int64)
    return Dataset(source.name, split, images, labels, classes=10)


def _read(source: IdxSource, name: str) -> npt.NDArray[np.uint8]:
    path = find_file(source.folder, f"{name}.gz", source.mirrors)
    content = read_gzip(path)
    check_md5(content, source.md5[name], path)
    return parse_idx(content)


def read_gzip(path: Path) -> bytes:
    """The content of a gzip file. Raises InputError when it is truncated, not gzip, or larger
    than any data set's: a small file may unpack to terabytes.
    """
    check_file(path, "a data set's file, in gzip", _MAX_BYTES)
    try:
        with gzip.open(path) as file:
            content = file.read(_MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            raise damaged(path, f"unpacks to more than {_MAX_BYTES} bytes")
        return content
    except (OSError, EOFError, zlib.error) as error:
        raise damaged(path, f"not readable as gzip ({error})") from error


def parse_idx(content: bytes) -> npt.NDArray[np.uint8]:
    """Array of an IDX file of unsigned bytes: magic 0 0 8 ndim, ndim sizes of 4 bytes, values.

    Trusts its argument: the checksum has been verified.
    """
    ndim = content[3]
    shape = np.frombuffer(content, dtype=">u4", count=ndim, offset=4)
    values = np.frombuffer(content, dtype=np.uint8, offset=4 + 4 * ndim)
    return values.reshape(tuple(int(n) for n in shape))
