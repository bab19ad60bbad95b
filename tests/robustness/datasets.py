"""Files of data sets that are not those of the data set."""

import gzip
import io
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from .case import Case

__all__ = ["CASES"]

LABELS = "data/mnist/t10k-labels-idx1-ubyte.gz"
IMAGES = "data/mnist/t10k-images-idx3-ubyte.gz"


def _made(path: str, content: Callable[[], bytes]) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(content())


def _bomb() -> bytes:
    """300 MB of zeros."""
    file = io.BytesIO()
    with gzip.open(file, "wb") as packed:
        for _ in range(300):
            packed.write(bytes(1 << 20))
    return file.getvalue()


def _tar(name: str, content: bytes, packed: str = "") -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=f"w{packed}") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


def _zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("../../evil", b"x")
    return file.getvalue()


_BATCH = "cifar-10-batches-bin/test_batch.bin"
FILES: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "mnist: a bomb": (IMAGES, _bomb, "unpacks to more than"),
    "mnist: another idx": (
        IMAGES,
        lambda: gzip.compress(bytes([0, 0, 8, 1, 0, 0, 0, 1, 7])),
        "md5 of the content",
    ),
    "mnist: bytes behind": (IMAGES, lambda: gzip.compress(b"x") + b"junk", "not readable|md5"),
    "mnist: a tar": (IMAGES, lambda: _tar("x", b"x"), "not readable as gzip"),
    "cifar10: no archive": (
        "data/cifar10/cifar-10-binary.tar.gz",
        lambda: b"tar",
        "cifar-10-binary.tar.gz: trunc",
    ),
    "cifar10: an empty archive": (
        "data/cifar10/cifar-10-binary.tar.gz",
        lambda: _tar("x", b"", ":gz"),
        "there is no test",
    ),
    "cifar10: a short batch": (
        "data/cifar10/cifar-10-binary.tar.gz",
        lambda: _tar(_BATCH, b"123", ":gz"),
        "not readable",
    ),
    "cifar10: another batch": (
        "data/cifar10/cifar-10-binary.tar.gz",
        lambda: _tar(_BATCH, bytes(30_730_000), ":gz"),
        "md5 of the content",
    ),
    "cifar10: a path in the archive": (
        "data/cifar10/cifar-10-binary.tar.gz",
        lambda: _tar("../../evil", b"x", ":gz"),
        "there is no test",
    ),
    "cifar10: no picture": ("data/cifar10/test_batch.webp", lambda: b"RIFF", "cifar10"),
    "caltech: another archive": ("data/caltech101/caltech-101.zip", _zip, "md5 of the content"),
    "caltech: a folder without pictures": (
        "data/caltech101/101_ObjectCategories/Faces_easy/x.jpg",
        lambda: b"",
        "holds 0 images",
    ),
    "nmnist: another archive": (
        "data/nmnist-small/nmnist-small-1000train-100test-bs2.tar.xz",
        lambda: b"xz",
        "md5 of",
    ),
}

CASES = {
    **{f"data set {name}":
       Case(f"golden chip --data {name.partition(':')[0]}:test", match, partial(_made, path, made))
       for name, (path, made, match) in FILES.items()},
    **{f"data set {name}: missing":
       Case(f"golden chip --data {name}:test", "no such file; SPIKELOOM_DATA must name")
       for name in ("fashion", "cifar10", "caltech", "nmnist")},
    "data set mnist: the folder is a file": Case(
        "golden chip --data mnist:test", "data/mnist",
        lambda: (shutil.rmtree("data/mnist"), Path("data/mnist").write_bytes(b"")) and None),
}  # fmt: skip
