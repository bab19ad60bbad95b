"""`nmnist`: MNIST digits seen by an event camera that moves (Orchard et al. 2015); a small part.

1,000 training and 100 test recordings of 34x34 pixels, about 300 ms each: those that the SLAYER
project ships for its tests, of the first images of MNIST's splits. The classes are not balanced.
"""

import io
import lzma
import tarfile

import numpy as np
import numpy.typing as npt

from .base import Dataset
from .files import check_md5, damaged, find_file

__all__ = ["BINS", "load"]

BINS = 60
BIN_MICROSECONDS = 5600
SIDE = 34

FOLDER, FILE = "nmnist-small", "nmnist-small-1000train-100test-bs2.tar.xz"
MD5 = "9e241fa6d03109a058b39cacba109a87"
LISTS = {"train": "train1K.txt", "test": "test100.txt"}


def load(split: str) -> Dataset:
    """Return one split: images uint8 (1000 or 100, 60, 2, 34, 34), classes 0..9.

    1 where a pixel (y, x) had an event of polarity 0 or 1 in that 5.6 ms; for the encoding
    `events` with bins = 60.
    """
    path = find_file(FOLDER, FILE, ())
    content = path.read_bytes()
    check_md5(content, MD5, path)
    try:
        with tarfile.open(fileobj=io.BytesIO(lzma.decompress(content))) as tar:
            files = {
                member.name.split("/")[-1]: file.read()
                for member in tar
                if member.isreg() and (file := tar.extractfile(member))
            }
        table = np.loadtxt(io.BytesIO(files[LISTS[split]]), np.int64, comments="#")
        images = np.stack([_binned(files[f"{number}.bs2"]) for number in table[:, 0]])
    except (OSError, EOFError, lzma.LZMAError, tarfile.TarError, KeyError, ValueError) as error:
        raise damaged(path, f"not readable ({error})") from error
    return Dataset("nmnist", split, images, table[:, 1].copy(), 10)


def _binned(recording: bytes) -> npt.NDArray[np.uint8]:
    """Events of 5 bytes, x, y, and 1 bit polarity with 23 bits of microseconds, as (60, 2, y, x).

    Events after the last bin, at most a millisecond late, count for it.
    """
    event = np.frombuffer(recording, np.uint8).reshape(-1, 5).astype(np.int64).T
    microseconds = (event[2] & 0x7F) << 16 | event[3] << 8 | event[4]
    image = np.zeros((BINS, 2, SIDE, SIDE), np.uint8)
    image[
        (microseconds // BIN_MICROSECONDS).clip(max=BINS - 1), event[2] >> 7, event[1], event[0]
    ] = 1
    return image
