"""Data sets of pictures: every form of the files gives the same images, and damage is refused."""

import gzip
import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from algo.datasets import caltech, cifar10, load
from mapper.errors import InputError


def picture(pixels: np.ndarray, form: str, **options) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, form, **options)
    return buffer.getvalue()


def tar_bytes(files: dict[str, bytes], mode: str = "w") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def put(folder: Path, name: str, content: bytes, sums: dict[str, str]) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    sums[name] = hashlib.md5(content).hexdigest()


@pytest.fixture
def faces(tmp_path, monkeypatch):
    """Five small pictures, two for training of each class, as category/name -> JPEG."""
    monkeypatch.setenv("SPIKELOOM_DATA", str(tmp_path))
    monkeypatch.setattr(caltech, "COUNTS", {"Faces_easy": 5, "Motorbikes": 4})
    monkeypatch.setattr(caltech, "TRAINING", 2)
    monkeypatch.setattr(caltech, "MD5", dict(caltech.MD5))
    rng = np.random.default_rng(0)
    return {
        f"{category}/image_{i:04}.jpg": picture(
            rng.integers(0, 256, (20 + i, 30, 3), dtype=np.uint8)
            if i % 2
            else rng.integers(0, 256, (9, 8), dtype=np.uint8),
            "JPEG",
        )
        for category, count in caltech.COUNTS.items()
        for i in range(1, count + 1)
    }


def as_folder(root: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = root / "caltech101" / "101_ObjectCategories" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def test_every_form_of_caltech_gives_the_same(faces, tmp_path, monkeypatch):
    inside = {f"101_ObjectCategories/{name}": content for name, content in faces.items()}
    inside["101_ObjectCategories/Faces/image_0001.jpg"] = b"another category"
    packed = tar_bytes(inside, "w:gz")
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("caltech-101/101_ObjectCategories.tar.gz", packed)
    forms = {
        "caltech-101.zip": outer.getvalue(),
        "101_ObjectCategories.tar.gz": packed,
        "caltech101-faces_easy-motorbikes.tar": tar_bytes(faces),
    }
    loaded = []
    for i, (name, content) in enumerate(forms.items()):
        monkeypatch.setenv("SPIKELOOM_DATA", str(tmp_path / str(i)))
        (tmp_path / str(i)).mkdir()
        put(tmp_path / str(i) / "caltech101", name, content, caltech.MD5)
        loaded.append([load("caltech", split) for split in ("train", "test")])
    monkeypatch.setenv("SPIKELOOM_DATA", str(tmp_path / "unpacked"))
    as_folder(tmp_path / "unpacked", faces)
    loaded.append([load("caltech", split) for split in ("train", "test")])
    train, test = loaded[0]
    assert train.images.shape == (4, 160, 250) and test.images.shape == (5, 160, 250)
    assert sorted(train.labels) == [0, 0, 1, 1] and sorted(test.labels) == [0, 0, 0, 1, 1]
    assert len(np.unique(np.concatenate([train.images, test.images]), axis=0)) == 9
    for pair in loaded[1:]:
        for one, other in zip(loaded[0], pair, strict=True):
            assert (one.images == other.images).all() and (one.labels == other.labels).all()


def test_pictures_are_stretched(tmp_path, monkeypatch):
    """Height 160 and width 250, whatever the proportions."""
    halves = np.repeat(np.array([[0, 255]], np.uint8), 40, axis=1)[[0] * 20]
    grey = caltech._decode(picture(halves, "JPEG", quality=100), "x")
    assert grey.shape == (160, 250) and grey[:, :120].max() < 20 and grey[:, 130:].min() > 235


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda files: files.pop("Faces_easy/image_0001.jpg"), "4 images of Faces_easy, expected"),
        (lambda files: files.update({"Motorbikes/image_0009.jpg": b"x"}), "holds 5 images of Mot"),
        (lambda files: files.update({"Faces_easy/image_0001.jpg": b"x"}), "image_0001.jpg: not a"),
        (
            lambda files: files.update(
                {"Faces_easy/image_0002.jpg": picture(np.eye(9, dtype=np.uint8), "TIFF")}
            ),
            "Faces_easy/image_0002.jpg: not a readable JPEG",
        ),
    ],
)
def test_damaged_folder_of_pictures(faces, tmp_path, change, message):
    change(faces)
    as_folder(tmp_path, faces)
    with pytest.raises(InputError, match=message):
        for split in ("train", "test"):
            load("caltech", split)


def test_damaged_archives_of_pictures(faces, tmp_path):
    folder, name = tmp_path / "caltech101", "caltech101-faces_easy-motorbikes.tar"
    put(folder, name, tar_bytes(faces), caltech.MD5)
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[:-1])
    with pytest.raises(InputError, match="truncated, corrupt or another file: md5"):
        load("caltech", "train")
    for content in (b"", b"not a tar", whole[:2000]):  # even with the right checksum
        put(folder, name, content, caltech.MD5)
        with pytest.raises(InputError, match=r"not readable|expected 5"):
            load("caltech", "train")


def test_links_in_an_archive_are_no_pictures(faces, tmp_path):
    """Nor is anything written, wherever a member's name points."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in faces.items():
            member = tarfile.TarInfo(f"../../{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        link = tarfile.TarInfo("Faces_easy/image_0099.jpg")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    name = "caltech101-faces_easy-motorbikes.tar"
    put(tmp_path / "caltech101", name, buffer.getvalue(), caltech.MD5)
    before = sorted(tmp_path.parent.rglob("*"))
    assert len(load("caltech", "test")) == 5
    assert sorted(tmp_path.parent.rglob("*")) == before


def test_missing_pictures_say_what_to_set(tmp_path, monkeypatch):
    monkeypatch.setenv("SPIKELOOM_DATA", str(tmp_path))
    with pytest.raises(InputError, match=r"caltech-101.zip or .* or caltech101/101_ObjectCat"):
        load("caltech", "train")
    with pytest.raises(InputError, match=r"cifar10/cifar-10-binary.tar.gz or cifar10/test_batch"):
        load("cifar10", "test")


@pytest.fixture
def batches(tmp_path, monkeypatch):
    """CIFAR-10 with the same random pixels in every batch, and its true checksums."""
    monkeypatch.setenv("SPIKELOOM_DATA", str(tmp_path))
    records = np.random.default_rng(1).integers(0, 256, (10_000, 3073), dtype=np.uint8)
    records[:, 0] %= 10
    digest = hashlib.md5(records.tobytes()).hexdigest()
    monkeypatch.setattr(cifar10, "MD5", dict.fromkeys(cifar10.MD5, digest))
    return records


def test_official_archive_of_cifar10(batches, tmp_path):
    folder = tmp_path / "cifar10"
    files = {f"cifar-10-batches-bin/{name}.bin": batches.tobytes() for name in cifar10.MD5}
    put(folder, cifar10.OFFICIAL, tar_bytes(files), {})
    data = load("cifar10", "test")
    assert data.images.dtype == np.uint8 and data.shape == (3, 32, 32)
    assert (data.labels == batches[:, 0]).all()
    assert (data.images.reshape(10_000, -1) == batches[:, 1:]).all()
    for content, message in (
        (tar_bytes({}), "there is no test_batch.bin"),
        (tar_bytes({"cifar-10-batches-bin/test_batch.bin": batches.tobytes()[:-1]}), "not read"),
        (tar_bytes(dict.fromkeys(files, bytes(batches.nbytes))), "md5 of the content"),
        (b"x", "not readable"),
    ):
        put(folder, cifar10.OFFICIAL, content, {})
        with pytest.raises(InputError, match=message):
            load("cifar10", "test")


@pytest.mark.parametrize(
    "content", [b"x", picture(np.zeros((32, 32), np.uint8), "WEBP")], ids=["no picture", "small"]
)
def test_damaged_pictures_of_cifar10(batches, tmp_path, content):
    put(tmp_path / "cifar10", "test_batch.webp", content, {})
    labels = bytes([0, 0, 8, 1, 0, 0, 0x27, 0x10]) + bytes(10_000)
    put(tmp_path / "cifar10", "test_labels.idx1-ubyte.gz", gzip.compress(labels), {})
    with pytest.raises(InputError, match="not readable as a picture"):
        load("cifar10", "test")
