"""`caltech`: faces and motorbikes of Caltech-101 (Fei-Fei et al. 2004), grey, 160 x 250 pixels.

The task of STDBP (Zhang et al., section V.D): of each category 250 randomly selected images for
training and validation, all others for testing. The paper does not say which; our choice is fixed
here for good.
"""

import io
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from mapper.errors import InputError

from .base import Dataset
from .files import check_md5, damaged, find_file

__all__ = ["load"]

COUNTS = {"Faces_easy": 435, "Motorbikes": 798}
"""Categories, in the order of the classes, and their numbers of images."""
TRAINING = 250
SPLIT_SEED = 0
HEIGHT, WIDTH = 160, 250

FOLDER, OFFICIAL = "caltech101", "caltech-101.zip"
MIRRORS = ("https://data.caltech.edu/records/mzrjq-6wc02/files",)
MD5 = {
    OFFICIAL: "3138e1922a9193bfa496528edbbc45d0",
    "101_ObjectCategories.tar.gz": "b224c7392d521a49829488ab0f1120d9",
    "caltech101-faces_easy-motorbikes.tar": "cf0cd1027626f25a6cb4c252d38ab445",
}
UNPACKED = "101_ObjectCategories"
_NAME = re.compile(rf"(?:^|/)(({'|'.join(COUNTS)})/image_\d{{4}}\.jpg)$")


def load(split: str) -> Dataset:
    """Return one split: images uint8 (500 or 733, 160, 250), faces 0 and motorbikes 1.

    From the official archive, an archive of the two categories only, or the unpacked folder
    101_ObjectCategories, whose files are counted but have no checksum. Classes are mixed, so any
    first N samples have both.
    """
    path = find_file(FOLDER, OFFICIAL, MIRRORS, (*list(MD5)[1:], UNPACKED))
    files = _read(path)
    names = sorted(files)
    # RandomState, unlike Generator, promises the same stream in every numpy version.
    random = np.random.RandomState(SPLIT_SEED)  # noqa: NPY002
    order = random.permutation(len(names))
    labels = np.array([list(COUNTS).index(name.split("/")[0]) for name in names], np.int64)
    rank = np.zeros(len(names), np.int64)
    for label, count in enumerate(COUNTS.values()):
        rank[order[labels[order] == label]] = np.arange(count)
    chosen = random.permutation(np.flatnonzero((rank < TRAINING) == (split == "train")))
    images = [_decode(files[names[i]], f"{path}: {names[i]}") for i in chosen]
    return Dataset("caltech", split, np.stack(images), labels[chosen], len(COUNTS))


def _read(path: Path) -> dict[str, bytes]:
    """Content by category/name of the images that are there: all, or InputError."""
    try:
        if path.is_dir():
            found = {m[1]: p.read_bytes() for p in path.glob("*/*") if (m := _match(p.as_posix()))}
        else:
            found = dict(_members(_checked(path), path))
    except (OSError, EOFError, zlib.error, tarfile.TarError, zipfile.BadZipFile) as error:
        raise damaged(path, f"not readable ({error})") from error
    for category, count in COUNTS.items():
        have = sum(name.startswith(category) for name in found)
        if have != count:
            raise damaged(path, f"holds {have} images of {category}, expected {count}")
    return found


def _match(name: str) -> re.Match[str] | None:
    return _NAME.search(name)


def _checked(path: Path) -> bytes:
    content = path.read_bytes()
    check_md5(content, MD5[path.name], path)
    return content


def _members(archive: bytes, path: Path) -> Iterator[tuple[str, bytes]]:
    """(category/name, content) of the images. Nothing is ever unpacked to disk."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(io.BytesIO(archive)) as outer:
            inner = [n for n in outer.namelist() if n.endswith("101_ObjectCategories.tar.gz")]
            archive = outer.read(inner[0]) if inner else b""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            match, file = _match(member.name), tar.extractfile(member) if member.isreg() else None
            if match and file:
                yield match[1], file.read()


def _decode(content: bytes, where: str) -> npt.NDArray[np.uint8]:
    """Grey, 160 x 250 whatever the picture's proportions, as the paper has it."""
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG",)) as image:
            grey = image.convert("L").resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR)
    except (OSError, Image.DecompressionBombError) as error:
        raise InputError(f"{where}: not a readable JPEG picture: {error}") from error
    return np.asarray(grey, np.uint8)
