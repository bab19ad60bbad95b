"""`cifar10`: 50,000 + 10,000 colour pictures of 10 classes, 32x32 (Krizhevsky 2009)."""

import io
import tarfile
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from .base import Dataset
from .files import check_md5, damaged, find_file
from .idx import parse_idx, read_gzip

__all__ = ["load"]

FOLDER, OFFICIAL = "cifar10", "cifar-10-binary.tar.gz"
MIRRORS = ("https://www.cs.toronto.edu/~kriz",)
REPACKED = "test_batch.webp"
"""One of the files of the other form: a lossless picture of 100 x 100 images per batch."""
MD5 = {
    "data_batch_1": "5dd7e06a14cb22eb9f671a540d1b7c25",
    "data_batch_2": "5ea93a67294ea407fff1d09f752e9692",
    "data_batch_3": "942cd6a4bcdd0dd3c604fbe906cb4421",
    "data_batch_4": "ae636b3ba5c66a11e91e8cb52e771fcb",
    "data_batch_5": "53f37980c15c3d472c316c40844f3f0d",
    "test_batch": "803d5f7f4d78ea53de84dbe85f74fb6d",
}
"""Checksums of the official binary files NAME.bin: records of a label and 3 x 32 x 32 pixels."""
SIDE = 32
BATCH = 10_000
Records = npt.NDArray[np.uint8]


def load(split: str) -> Dataset:
    """Return one split: images uint8 (50000 or 10000, 3, 32, 32), red, green, blue first.

    From the official binary archive, or from lossless pictures of the same batches: 3200x3200
    pixels each, images row by row, and the labels as IDX files.
    """
    path = find_file(FOLDER, OFFICIAL, MIRRORS, (REPACKED,))
    names = [name for name in MD5 if (name == "test_batch") == (split == "test")]
    read = _repacked if path.name == REPACKED else _official
    batches = read(path, names, split)
    for name, batch in zip(names, batches, strict=True):
        check_md5(batch.tobytes(), MD5[name], path)
    records = np.concatenate(batches)
    images = np.ascontiguousarray(records[:, 1:]).reshape(-1, 3, SIDE, SIDE)
    return Dataset("cifar10", split, images, records[:, 0].astype(np.int64), 10)


def _official(path: Path, names: list[str], split: str) -> list[Records]:
    """Records (10000, 3073) of each batch; nothing is unpacked to disk."""
    wanted = {f"cifar-10-batches-bin/{name}.bin": name for name in names}
    found = {}
    try:
        with tarfile.open(path) as tar:
            for member in tar:
                file = tar.extractfile(member) if member.name in wanted else None
                if file:
                    content = file.read(BATCH * (1 + 3 * SIDE * SIDE))
                    found[wanted[member.name]] = np.frombuffer(content, np.uint8)
        return [found[name].reshape(BATCH, -1) for name in names]
    except (OSError, EOFError, zlib.error, tarfile.TarError, ValueError) as error:
        raise damaged(path, f"not readable ({error})") from error
    except KeyError as error:
        raise damaged(path, f"there is no {error.args[0]}.bin") from error


def _repacked(path: Path, names: list[str], split: str) -> list[Records]:
    """The same from pictures and labels."""
    labels_path = find_file(FOLDER, f"{split}_labels.idx1-ubyte.gz", ())
    labels = parse_idx(read_gzip(labels_path)).reshape(len(names), BATCH, 1)
    return [
        np.concatenate([some, _picture(find_file(FOLDER, f"{name}.webp", ()))], axis=1)
        for name, some in zip(names, labels, strict=True)
    ]


def _picture(path: Path) -> Records:
    """Pixels (10000, 3072), channels first."""
    try:
        with Image.open(io.BytesIO(path.read_bytes()), formats=("WEBP",)) as image:
            grid = np.asarray(image.convert("RGB"), np.uint8)
        tiles = grid.reshape(100, SIDE, 100, SIDE, 3).transpose(0, 2, 4, 1, 3)
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise damaged(path, f"not readable as a picture of {BATCH} images ({error})") from error
    return tiles.reshape(BATCH, -1)
