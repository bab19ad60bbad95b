"""Data sets: content, splits, and what happens when files are missing or damaged."""

import gzip
import hashlib
import os
from pathlib import Path

import numpy as np
import pooch
import pytest

from algo.datasets import DATASETS, load, nmnist
from algo.datasets.idx import IdxSource, load_idx
from mapper.errors import InputError

IMAGES, LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"


def idx_bytes(array: np.ndarray) -> bytes:
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return header + array.astype(np.uint8).tobytes()


@pytest.fixture
def source(tmp_path, monkeypatch):
    """A tiny IDX data set in a SPIKELOOM_DATA folder, with its true checksums."""
    images = np.arange(3 * 4 * 5).reshape(3, 4, 5)
    contents = {IMAGES: idx_bytes(images), LABELS: idx_bytes(np.array([7, 0, 9]))}
    folder = tmp_path / "tiny"
    folder.mkdir()
    for name, content in contents.items():
        (folder / f"{name}.gz").write_bytes(gzip.compress(content))
    monkeypatch.setenv("SPIKELOOM_DATA", str(tmp_path))
    md5 = {name: hashlib.md5(content).hexdigest() for name, content in contents.items()}
    return IdxSource("tiny", "tiny", ("https://example.invalid",), md5)


def file_of(source: IdxSource, name: str) -> Path:
    return Path(os.environ["SPIKELOOM_DATA"]) / source.folder / f"{name}.gz"


def test_idx_content(source):
    data = load_idx(source, "test")
    assert data.images.dtype == np.uint8 and data.labels.dtype == np.int64
    assert data.images.tolist() == np.arange(60).reshape(3, 4, 5).tolist()
    assert data.labels.tolist() == [7, 0, 9]
    assert data.shape == (4, 5) and len(data) == 3


def test_missing_file_says_what_to_set(source):
    file_of(source, LABELS).unlink()
    with pytest.raises(InputError, match=f"{LABELS}.gz: no such file; SPIKELOOM_DATA must name"):
        load_idx(source, "test")


@pytest.mark.parametrize("keep", [0, 1, 10, -1])
def test_truncated_file(source, keep):
    path = file_of(source, IMAGES)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InputError, match=f"{IMAGES}.gz: truncated, corrupt or another file"):
        load_idx(source, "test")


def test_wrong_content_is_refused(source):
    """A valid gzip of a valid IDX file, but not of this data set."""
    file_of(source, IMAGES).write_bytes(gzip.compress(idx_bytes(np.zeros((3, 4, 5)))))
    with pytest.raises(InputError, match="md5 of the content is .*SPIKELOOM_DATA"):
        load_idx(source, "test")


def test_flipped_bit_is_refused(source):
    path = file_of(source, IMAGES)
    content = bytearray(path.read_bytes())
    content[20] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"truncated, corrupt or another file"):
        load_idx(source, "test")


def test_without_a_folder_it_downloads_into_the_cache(source, monkeypatch):
    folder = file_of(source, IMAGES).parent
    monkeypatch.delenv("SPIKELOOM_DATA")
    asked = []

    def retrieve(url, known_hash, fname, path):
        asked.append((url, Path(path).name))
        return str(folder / fname)

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    assert len(load_idx(source, "test")) == 3
    assert asked == [(f"https://example.invalid/{name}.gz", "tiny") for name in (IMAGES, LABELS)]


def test_failed_download_says_what_to_set(source, monkeypatch):
    def retrieve(*_, **__):
        raise OSError("no route to host")

    monkeypatch.delenv("SPIKELOOM_DATA")
    monkeypatch.setattr(pooch, "retrieve", retrieve)
    with pytest.raises(InputError, match=r"cannot download .*no route to host.*SPIKELOOM_DATA"):
        load_idx(source, "test")


def test_digits_split_is_fixed_and_stratified():
    train, test = load("digits", "train"), load("digits", "test")
    assert train.images.shape == (1437, 8, 8) and test.images.shape == (360, 8, 8)
    assert train.images.max() == 16
    share = np.bincount(test.labels) / (np.bincount(test.labels) + np.bincount(train.labels))
    assert np.abs(share - 0.2).max() < 0.01
    # The split is a promise: published accuracies depend on it.
    digest = hashlib.sha256(test.images.tobytes() + test.labels.tobytes()).hexdigest()
    assert digest.startswith("8603160a33b69f66")


def test_digits_splits_are_disjoint():
    train, test = load("digits", "train"), load("digits", "test")
    both = np.concatenate([train.images, test.images]).reshape(1797, 64)
    assert len(np.unique(both, axis=0)) == 1797


def test_unknown_names_list_the_known_ones():
    with pytest.raises(InputError, match="unknown data set 'cifar'; known: digits, mnist, fash"):
        load("cifar", "train")
    with pytest.raises(InputError, match="unknown split 'validation'; known: train, test"):
        load("digits", "validation")


HERE = {"mnist": (10_000, 28, 28), "fashion": (10_000, 28, 28), "cifar10": (10_000, 3, 32, 32),
        "caltech": (733, 160, 250), "nmnist": (100, 60, 2, 34, 34),
        "salinas-a-3x3": (3209, 204, 3, 3), "salinas-a-5x5": (3209, 204, 5, 5)}  # fmt: skip
SUPPLIED = {f"{scene}-{size}x{size}" for size in (3, 5)
            for scene in ("salinas", "indian-pines", "pavia-university")}  # fmt: skip
"""Scenes whose files only users have."""


@pytest.mark.skipif("SPIKELOOM_DATA" not in os.environ, reason="needs SPIKELOOM_DATA")
@pytest.mark.parametrize("name", sorted(set(DATASETS) - {"digits"} - SUPPLIED))
def test_real_sets(name):
    data = load(name, "test")
    assert data.images.shape == HERE[name]
    assert data.classes == data.labels.max() + 1
    assert np.bincount(data.labels).min() > (100 if name != "nmnist" else 1)


@pytest.mark.skipif("SPIKELOOM_DATA" not in os.environ, reason="needs SPIKELOOM_DATA")
def test_recorded_events():
    """The recordings are of MNIST's first images, and the test digit 7 looks like one."""
    data = load("nmnist", "test")
    assert set(np.unique(data.images)) == {0, 1}
    assert (data.labels == load("mnist", "test").labels[:100]).all()
    assert data.images.any(axis=(2, 3, 4)).mean() > 0.9  # something happens all the time
    seen, digit = data.images[0].sum(axis=(0, 1)), load("mnist", "test").images[0]
    assert np.corrcoef(seen[3:31, 3:31].ravel(), digit.ravel())[0, 1] > 0.5


def test_recordings_that_are_not_there(tmp_path, monkeypatch):
    monkeypatch.setattr(pooch, "os_cache", lambda name: tmp_path)
    monkeypatch.delenv("SPIKELOOM_DATA", raising=False)
    with pytest.raises(InputError, match="there is no mirror.*; set SPIKELOOM_DATA to a folder"):
        load("nmnist", "train")


def test_events_are_where_they_were():
    """x, y, polarity and microseconds of one event each, also beyond the last bin."""
    for x, y, polarity, microseconds, where in (
        (3, 5, 0, 0, 0), (33, 0, 1, 5600, 1), (0, 33, 1, 5599, 0), (7, 8, 0, 336_040, 59),
        (9, 9, 1, 71_680, 12),
    ):  # fmt: skip
        time = microseconds | polarity << 23
        image = nmnist._binned(bytes([x, y]) + time.to_bytes(3, "big"))
        assert np.argwhere(image).tolist() == [[where, polarity, y, x]]


@pytest.mark.skipif("SPIKELOOM_DATA" not in os.environ, reason="needs SPIKELOOM_DATA")
def test_caltech_split_is_fixed():
    """The split is a promise: published accuracies depend on it."""
    test, train = load("caltech", "test"), load("caltech", "train")
    assert np.bincount(train.labels).tolist() == [250, 250]
    assert np.bincount(test.labels).tolist() == [435 - 250, 798 - 250]
    pictures = [image.tobytes() for image in (*train.images, *test.images)]
    assert len(pictures) == 1233 and len(set(pictures)) > 1225  # the original has a few twice
    digest = hashlib.sha256(train.images.tobytes() + train.labels.tobytes()).hexdigest()
    assert digest.startswith("9dccdda8736b891a")
