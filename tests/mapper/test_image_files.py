"""Images of all fabrics on disk: exact, and every other folder is bad input and nothing worse."""

import io
import json
import pickle
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from directs import direct_network
from grids import chain, grid_pe, random_grid_network
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper.crossbar.params import PRESETS
from mapper.errors import InputError
from mapper.fabrics import FABRICS, load_image

FILES = ("chip.json", "memories.npz")


@pytest.fixture(scope="module", params=FABRICS)
def image(request, make_network):
    fabric = FABRICS[request.param]
    if fabric.name == "yoso":
        return fabric.map(random_grid_network(4), grid_pe())
    if fabric.name == "hybrid":
        return fabric.map(direct_network(5), fabric.parse("tiny,macro.activation_bits=8"))
    network = make_network(8, levels=[[20], [5]], inputs=9, formats=["int3"], output="threshold",
                           ticks=3)  # fmt: skip
    return fabric.map(network, replace(PRESETS["tiny"], routes=128))


@pytest.fixture(scope="module")
def saved(image, tmp_path_factory):
    folder = tmp_path_factory.mktemp("image") / "chip"
    image.save(folder)
    return {name: (folder / name).read_bytes() for name in FILES}


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("scratch")


def put(folder, saved, **changes):
    for name in FILES:
        (folder / name).write_bytes(changes.get(name.split(".")[0], saved[name]))
    return folder


def test_round_trip(image, saved, tmp_path):
    assert image.params.cores > 1
    loaded = load_image(put(tmp_path, saved))
    assert loaded.sha256() == image.sha256() and loaded.facts() == image.facts()
    arrays = loaded.arrays()
    assert all((arrays[n] == a).all() and arrays[n].dtype == a.dtype
               for n, a in image.arrays().items())  # fmt: skip
    loaded.save(tmp_path / "again")
    assert {n: (tmp_path / "again" / n).read_bytes() for n in FILES} == saved


@pytest.mark.parametrize("mesh", [None, (3, 3)])
@pytest.mark.parametrize("fabric", FABRICS.values(), ids=FABRICS)
def test_round_trip_of_presets(fabric, mesh, make_network, tmp_path):
    network = {
        "crossbar": lambda: make_network(2, levels=[[4]], inputs=8),
        "hybrid": lambda: direct_network(1),
        "yoso": lambda: chain(8, 4),
    }[fabric.name]()
    more = ",macro.activation_bits=8" if fabric.name == "hybrid" else ""
    for name in fabric.presets:
        chip = fabric.map(network, fabric.parse(name + more), mesh)
        chip.save(tmp_path / name)
        assert load_image(tmp_path / name).sha256() == chip.sha256()


@given(data=st.data())
@settings(max_examples=150)
def test_damaged_bytes(data, saved, image, scratch):
    """A file truncated or with bits flipped: InputError, or a harmless place: the same image."""
    name = data.draw(st.sampled_from(FILES))
    raw = bytearray(saved[name])
    if data.draw(st.booleans(), label="truncate"):
        raw = raw[: data.draw(st.integers(0, len(raw) - 1))]
    else:
        for _ in range(data.draw(st.integers(1, 3))):
            raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    put(scratch, saved, **{name.split(".")[0]: bytes(raw)})
    try:
        assert load_image(scratch).sha256() == image.sha256()
    except InputError as error:
        assert str(error).startswith(str(scratch))


def npz(**arrays) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def bomb() -> bytes:
    """A header that promises 8 TB, and 1 GB of zeros in 1 MB."""
    file = io.BytesIO()
    header = b"\x93NUMPY\x01\x00\x76\x00" + str(
        {"descr": "<i8", "fortran_order": False, "shape": (1 << 40,)}
    ).encode().ljust(0x75) + b"\n"  # fmt: skip
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("input/start.npy", header)
    return file.getvalue()


@pytest.mark.parametrize("content", [
    b"", b"PK\3\4", b"text", pickle.dumps({"a": 1}), npz(), npz(x=np.zeros(3)),
    npz(**{"input/start": np.array([{}, None], object)}),
    npz(**{"input/start": np.zeros(3, "M8[s]")}), bomb(), b"\x93NUMPY\x01\x00",
], ids=lambda c: repr(c[:8]))  # fmt: skip
def test_foreign_memories(content, saved, tmp_path):
    with pytest.raises(InputError, match="damaged (Chip|Grid|Hybrid)Image"):
        load_image(put(tmp_path, saved, memories=content))


def test_more_than_memory_holds_is_not_unpacked(saved, tmp_path):
    put(tmp_path, saved)
    with zipfile.ZipFile(tmp_path / "memories.npz", "a", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("zeros.npy", "w") as file:
            for _ in range(300):
                file.write(bytes(1 << 20))
    with pytest.raises(InputError, match="unpacks to .* bytes"):
        load_image(tmp_path)


def test_pickled_arrays_are_not_run(saved, tmp_path):
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("a pickle was run",))

    arrays = dict(np.load(io.BytesIO(saved["memories.npz"])))
    content = npz(**arrays | dict.fromkeys(arrays, np.array([Trap()], object)))
    with pytest.raises(InputError, match="allow_pickle=False"):
        load_image(put(tmp_path, saved, memories=content))


@pytest.mark.parametrize("content", [
    b"", b"{", b"[]", b"{}", b"null", b"\xff\xfe", b"[" * 100_000, b"1" * 10_000,
    b'{"schema": 1, "fabric": "crossbar"}', b'{"schema": 2, "fabric": "crossbar"}',
    b'{"schema": 1, "fabric": "yoso"}', b'{"schema": 2, "fabric": "yoso"}', b'{"schema": NaN}',
    b'{"schema": 1, "fabric": "hybrid"}', b'{"schema": 9, "fabric": "hybrid"}',
    b'{"schema": 1, "fabric": "asic"}', b'{"schema": 1, "fabric": ["yoso"]}',
], ids=lambda c: repr(c[:40]))  # fmt: skip
def test_foreign_facts(content, saved, tmp_path):
    with pytest.raises(
        InputError,
        match="chip.json|damaged|expected a (crossbar|hybrid|yoso)|known: crossbar, hybrid, yoso",
    ):
        load_image(put(tmp_path, saved, chip=content))


def test_missing_keys(saved, tmp_path):
    facts = json.loads(saved["chip.json"])
    for name in {*facts} - {"schema", "fabric", "sha256"}:
        rest = {n: v for n, v in facts.items() if n != name}
        with pytest.raises(
            InputError, match=f"damaged (Chip|Grid|Hybrid)Image: '{name}' is missing"
        ):
            load_image(put(tmp_path, saved, chip=json.dumps(rest).encode()))


def test_missing(saved, tmp_path):
    for folder in (tmp_path, tmp_path / "none", "/dev/null"):
        with pytest.raises(InputError, match="chip.json"):
            load_image(folder)
    (tmp_path / "chip.json").write_bytes(saved["chip.json"])
    with pytest.raises(InputError, match="damaged (Chip|Grid|Hybrid)Image.*memories.npz"):
        load_image(tmp_path)
    (tmp_path / "memories.npz").mkdir()
    with pytest.raises(InputError, match="damaged (Chip|Grid|Hybrid)Image"):
        load_image(tmp_path)
