"""Files of other tools: read, or refused with one message."""

import nir
import numpy as np
import pytest

from algo.foreign import ImportSettings, import_file
from algo.foreign.file import read_foreign
from mapper.errors import InputError

from .graphs import chain, leaky

SETTINGS = ImportSettings(ticks=4, encoding={"name": "rate_if", "maximum": 16})


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "other.nir"
    nir.write(path, chain((64,), nir.Linear(np.eye(10, 64)), leaky(10, 0.9)))
    return path


def test_a_graph_is_read(file):
    assert [*read_foreign(file).nodes] == ["0", "1", "input", "output"]


def test_a_damaged_file_is_refused_even_where_hdf5_crashes(file):
    """Whatever the bytes do to the library, they do it to another process."""
    content, rng = bytearray(file.read_bytes()), np.random.default_rng(5)
    for place in rng.integers(0, 600, 40):  # superblock and first groups
        content[place] ^= 0x41
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"other\.nir: (not a readable NIR file|damaged)"):
        read_foreign(file)


def test_a_crash_of_the_reader_is_told(file, monkeypatch):
    crash = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    monkeypatch.setattr("algo.foreign.file._PROBE", crash)
    with pytest.raises(InputError, match="damaged: the HDF5 library crashes on it"):
        read_foreign(file)


def test_the_record_tells_where_a_network_comes_from(file):
    found = import_file(file, SETTINGS, ("digits", "test"), calibration=20, limit=50)
    record = found.network.record
    assert record["imported"]["file"] == "other.nir" and record["test_images"] == 50
    assert record["accuracy"] == found.accuracy and found.network.name == "other"
    assert import_file(file, SETTINGS, None, calibration=1).accuracy is None


@pytest.mark.parametrize(("node", "message"), [
    (nir.Conv2d((8, 8), np.ones((1, 1, 3, 3)), 1, 0, 30_000, 1, np.zeros(1)), "a kernel of 1 x 1"),
    (nir.Conv2d((8, 8), np.ones((8, 1, 3, 3)), 1, 0, 1, -2, np.zeros(8)), "-2 groups of 8"),
    (nir.Scale(np.array([b"x"])), "damaged NIR graph"),
])  # fmt: skip
def test_values_that_no_network_has_are_refused(tmp_path, node, message):
    path = tmp_path / "odd.nir"
    nir.write(path, chain((1, 8, 8), node, leaky(1, 0.9)))
    with pytest.raises(InputError, match=f"odd.nir: .*{message}"):
        import_file(path, SETTINGS, None, calibration=1)


@pytest.mark.parametrize("shape", [(0,), (-3,), (1 << 20, 1 << 20)])
def test_inputs_of_no_size_are_refused(tmp_path, shape):
    path = tmp_path / "odd.nir"
    nir.write(path, chain(shape, nir.Scale(np.ones(1)), leaky(1, 0.9)))
    with pytest.raises(InputError, match="odd.nir: .*input: shape"):
        import_file(path, SETTINGS, None, calibration=1)


def test_images_of_another_size_are_refused(tmp_path):
    path = tmp_path / "small.nir"
    nir.write(path, chain((9,), nir.Linear(np.eye(3, 9)), leaky(3, 0.9)))
    with pytest.raises(InputError, match=r"takes 9 inputs \(9,\); digits in encoding rate_if has"):
        import_file(path, SETTINGS, ("digits", "test"), calibration=1)
