"""Hyperspectral scenes: checks of the files, the split, standardized patches."""

import hashlib
import io
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.io import savemat

from algo.datasets import hyperspectral, load
from algo.datasets.hyperspectral import UNIT, ZERO, load_patches, split_pixels
from algo.datasets.matlab import read_variables
from algo.datasets.scene_files import SCENES, SceneFiles, read_scene
from mapper.errors import InputError

TINY = SceneFiles(("tiny.mat", "cube"), ("tiny_gt.mat", "truth"), (7, 6, 4), (2, 3, 9), 30)


def contents(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A cube whose bands differ in mean and spread, and labels of the three classes."""
    random = np.random.default_rng(seed)
    cube = random.normal(100, 50, (7, 6, 4)) * np.array([1, 5, 30, 200])
    truth = np.concatenate([np.zeros(12), np.full(12, 2), np.full(13, 3), np.full(5, 9)])
    return cube.astype(np.int16), random.permutation(truth).reshape(7, 6).astype(np.uint8)


@pytest.fixture
def write(tmp_path, monkeypatch):
    """A function: write the tiny scene with changes of its variables."""
    folder = tmp_path / "hyperspectral"
    folder.mkdir()
    monkeypatch.setenv("SPIKELOOM_DATA", str(tmp_path))
    monkeypatch.setitem(SCENES, "tiny", TINY)

    def files(cube=None, truth=None, do_compression=False, **other):
        usual = contents()
        variables = {"cube": usual[0] if cube is None else cube} | other
        savemat(folder / "tiny.mat", variables, do_compression=do_compression)
        savemat(folder / "tiny_gt.mat", {"truth": usual[1] if truth is None else truth})
        return folder

    return files


def changed(array: np.ndarray, at: tuple, value: float) -> np.ndarray:
    result = array.astype(np.float64)
    result[at] = value
    return result


NUMBERS = st.sampled_from(["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"])


@given(st.dictionaries(
    st.from_regex(r"[a-z]{1,12}", fullmatch=True),
    NUMBERS.flatmap(lambda kind: arrays(kind, array_shapes(min_dims=2, max_dims=4))),
    max_size=3), st.booleans())  # fmt: skip
def test_what_scipy_writes_is_read(variables, compressed):
    file = io.BytesIO()
    savemat(file, variables, do_compression=compressed)
    found = read_variables(file.getvalue())
    assert list(found) == list(variables)
    for name, expected in variables.items():
        values = found[name].values
        assert values.shape == found[name].shape == expected.shape
        assert values.dtype == expected.dtype and np.array_equal(values, expected, equal_nan=True)


def test_text_cells_and_complex_numbers_are_no_numbers():
    file = io.BytesIO()
    savemat(file, {"t": "text", "c": np.array([1j]), "o": np.array([1, "x"], object), "e": []})
    found = read_variables(file.getvalue())
    assert {name: v.values is None for name, v in found.items()} == {
        "t": True, "c": True, "o": True, "e": False
    }  # fmt: skip
    assert found["e"].shape == (0, 0)


CUBE, TRUTH = contents()


@pytest.mark.parametrize(("changes", "message"), [
    ({"cube": CUBE[:6]}, r"tiny.mat: variable cube has shape \(6, 6, 4\), expected \(7, 6, 4\)"),
    ({"cube": CUBE[..., :3]}, r"variable cube has shape \(7, 6, 3\), expected \(7, 6, 4\)"),
    ({"truth": TRUTH.T}, r"tiny_gt.mat: variable truth has shape \(6, 7\), expected \(7, 6\)"),
    ({"cube": changed(CUBE, (3, 5, 1), np.nan)},
     "variable cube: nan at row 3, column 5, band 1; expected finite numbers"),
    ({"cube": changed(CUBE, (0, 0, 0), -np.inf)}, "-inf at row 0, column 0, band 0"),
    ({"cube": CUBE * 1j}, "variable cube must hold real numbers"),
    ({"truth": changed(TRUTH, (2, 1), 4)},
     r"variable truth: label 4 at row 2, column 1; expected 0 \(none\) or 2, 3, 9"),
    ({"truth": changed(TRUTH, (0, 0), 2.5)}, "label 2.5 at row 0, column 0"),
    ({"truth": changed(TRUTH, (0, 0), np.nan)}, "label nan at row 0, column 0"),
    ({"truth": TRUTH * 0}, "0 labelled pixels in 0 classes; expected 30 in 3"),
    ({"truth": np.where(TRUTH == 9, 2, TRUTH)},
     "30 labelled pixels in 2 classes; expected 30 in 3"),
])  # fmt: skip
def test_bad_content(write, changes, message):
    write(**changes)
    with pytest.raises(InputError, match=message):
        read_scene(TINY)


def test_missing_variable_lists_the_others(write):
    folder = write(something=np.zeros(3))
    (folder / "tiny_gt.mat").write_bytes((folder / "tiny.mat").read_bytes())
    with pytest.raises(InputError, match="variable truth is missing; the file holds cube, someth"):
        read_scene(TINY)


def test_missing_file(write):
    (write() / "tiny_gt.mat").unlink()
    with pytest.raises(InputError, match="tiny_gt.mat: no such file; SPIKELOOM_DATA must name"):
        read_scene(TINY)


@pytest.mark.parametrize("compressed", [False, True])
def test_damaged_files_are_refused_in_one_line(write, compressed):
    """Cut or overwritten anywhere: an InputError or, where only values changed, a scene."""
    path, random = write(do_compression=compressed) / "tiny.mat", np.random.default_rng(5)
    whole, refused = path.read_bytes(), 0
    for _ in range(400):
        content = bytearray(whole)
        if random.random() < 0.3:
            del content[random.integers(len(content)) :]
        else:
            content[random.integers(min(len(content), 400))] = random.integers(256)
        path.write_bytes(bytes(content))
        try:
            read_scene(TINY)
        except InputError as error:
            refused += 1
            assert "tiny.mat" in str(error) and "\n" not in str(error)
    assert refused > 100
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(600))
    with pytest.raises(InputError, match=r"tiny.mat: not readable as a MATLAB 5 to 7 file"):
        read_scene(TINY)


def test_labels_are_class_numbers(write):
    write()
    scene = read_scene(TINY)
    assert scene.cube.tolist() == CUBE.tolist() and scene.classes == 3
    assert np.array([0, 2, 3, 9])[scene.labels + 1].tolist() == TRUTH.tolist()


def test_split_is_disjoint_complete_and_40_to_60_in_each_class():
    labels = np.random.default_rng(1).integers(-1, 5, (40, 30))
    train, test = split_pixels(labels, "train"), split_pixels(labels, "test")
    both = np.sort(np.concatenate([train, test]))
    assert both.tolist() == np.flatnonzero(labels.ravel() >= 0).tolist()
    for label in range(5):
        count = (labels == label).sum()
        assert (labels.ravel()[train] == label).sum() == round(0.4 * count)
    assert len(set(labels.ravel()[test[:30]])) == 5, "the first samples mix the classes"
    assert split_pixels(labels, "test").tolist() == test.tolist()


@pytest.mark.parametrize("size", [3, 5])
@pytest.mark.parametrize("split", ["train", "test"])
def test_patches_pixel_by_pixel(write, size, split):
    """Against a plain loop: mirror at the border, statistics of the training pixels alone."""
    write()
    scene, data = read_scene(TINY), load_patches("tiny", size, split)
    spectra = scene.cube.reshape(42, 4)[split_pixels(scene.labels, "train")]
    rows, columns = ({-2: 2, -1: 1, n: n - 2, n + 1: n - 3} for n in (7, 6))  # beyond the border
    pixels = split_pixels(scene.labels, split)
    assert data.images.shape == (len(pixels), 4, size, size)
    for image, label, pixel in zip(data.images, data.labels, pixels, strict=True):
        row, column = divmod(int(pixel), 6)
        assert label == scene.labels[row, column]
        for band, i, j in np.ndindex(4, size, size):
            y, x = row + i - size // 2, column + j - size // 2
            y, x = rows.get(y, y), columns.get(x, x)
            value = (scene.cube[y, x, band] - spectra[:, band].mean()) / spectra[:, band].std()
            assert image[band, i, j] == round(min(max(ZERO + UNIT * value, 0), 255))


def test_constant_band_is_zero_everywhere(write):
    write(cube=np.where(np.arange(4) == 2, 77, CUBE))
    images = load_patches("tiny", 3, "train").images
    assert (images[:, 2] == ZERO).all() and images[:, 1].std() > 10


def test_test_pixels_do_not_change_training_patches(write):
    """Statistics come from the training part only."""
    write()
    before = load_patches("tiny", 1, "train")
    scene = read_scene(TINY)
    cube = scene.cube.copy().reshape(42, 4)
    cube[split_pixels(scene.labels, "test")] *= 3
    write(cube=cube.reshape(7, 6, 4))
    assert (load_patches("tiny", 1, "train").images == before.images).all()


@pytest.mark.skipif("SPIKELOOM_DATA" not in os.environ, reason="needs SPIKELOOM_DATA")
def test_salinas_a_split_is_fixed():
    """The split is a promise: published accuracies depend on it."""
    train, test = load("salinas-a-3x3", "train"), load("salinas-a-3x3", "test")
    assert np.bincount(train.labels).tolist() == [156, 537, 246, 610, 270, 320]
    assert np.bincount(test.labels).tolist() == [235, 806, 370, 915, 404, 479]
    centre = train.images[:, :, 1, 1].astype(float)
    assert np.abs(centre.mean(axis=0) - ZERO).max() < 0.3
    assert np.abs(centre.std(axis=0) - UNIT).max() < 0.3
    digest = hashlib.sha256(test.images.tobytes() + test.labels.tobytes()).hexdigest()
    assert digest.startswith("54aa463949217b80")


def test_names_of_the_sets():
    assert {"salinas-a-3x3", "salinas-5x5", "indian-pines-5x5", "pavia-university-3x3"} <= set(
        hyperspectral.LOADERS
    )
    with pytest.raises(InputError, match="'mnist' is no scene; scenes: salinas-a-3x3, "):
        hyperspectral.scene_of("mnist")
