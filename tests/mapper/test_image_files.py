"""ChipImage on disk: exact, and every other folder is bad input and nothing worse."""

import io
import json
import pickle
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper.crossbar.compiler import map_network
from mapper.crossbar.core_image import CoreImage
from mapper.crossbar.image import ChipImage
from mapper.crossbar.params import PRESETS, ChipParams
from mapper.errors import InputError

FILES = ("chip.json", "memories.npz")


@pytest.fixture(scope="module")
def image(make_network):
    network = make_network(8, levels=[[20], [5]], inputs=9, formats=["int3"], output="threshold",
                           ticks=3)  # fmt: skip
    return map_network(network, replace(PRESETS["tiny"], routes=128))


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
    loaded = ChipImage.load(put(tmp_path, saved))
    assert loaded.sha256() == image.sha256() and loaded.facts() == image.facts()
    arrays = loaded.arrays()
    assert all((arrays[n] == a).all() and arrays[n].dtype == a.dtype
               for n, a in image.arrays().items())  # fmt: skip
    loaded.save(tmp_path / "again")
    assert {n: (tmp_path / "again" / n).read_bytes() for n in FILES} == saved


@pytest.mark.parametrize("mesh", [None, (3, 3)])
def test_round_trip_of_presets(mesh, make_network, tmp_path):
    for name, core in PRESETS.items():
        chip = map_network(make_network(2, levels=[[4]], inputs=8), core, mesh)
        chip.save(tmp_path / name)
        assert ChipImage.load(tmp_path / name).sha256() == chip.sha256()


@given(data=st.data())
@settings(max_examples=250)
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
        assert ChipImage.load(scratch).sha256() == image.sha256()
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
    with pytest.raises(InputError, match="damaged ChipImage"):
        ChipImage.load(put(tmp_path, saved, memories=content))


def test_more_than_memory_holds_is_not_unpacked(saved, tmp_path):
    put(tmp_path, saved)
    with zipfile.ZipFile(tmp_path / "memories.npz", "a", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("zeros.npy", "w") as file:
            for _ in range(300):
                file.write(bytes(1 << 20))
    with pytest.raises(InputError, match="unpacks to .* bytes"):
        ChipImage.load(tmp_path)


def test_pickled_arrays_are_not_run(saved, tmp_path):
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("a pickle was run",))

    arrays = dict(np.load(io.BytesIO(saved["memories.npz"])))
    content = npz(**arrays | {"core0/synapse": np.array([Trap()], object)})
    with pytest.raises(InputError, match="allow_pickle=False"):
        ChipImage.load(put(tmp_path, saved, memories=content))


@pytest.mark.parametrize("content", [
    b"", b"{", b"[]", b"{}", b"null", b"\xff\xfe", b"[" * 100_000, b"1" * 10_000,
    b'{"schema": 1, "fabric": "crossbar"}', b'{"schema": 2, "fabric": "crossbar"}',
    b'{"schema": 1, "fabric": "yoso"}', b'{"schema": NaN}',
], ids=lambda c: repr(c[:40]))  # fmt: skip
def test_foreign_facts(content, saved, tmp_path):
    with pytest.raises(InputError, match="chip.json|damaged|expected a crossbar"):
        ChipImage.load(put(tmp_path, saved, chip=content))


def test_missing_keys(saved, tmp_path):
    facts = json.loads(saved["chip.json"])
    for name in {*facts} - {"schema", "fabric", "sha256"}:
        rest = {n: v for n, v in facts.items() if n != name}
        with pytest.raises(InputError, match=f"damaged ChipImage: '{name}' is missing"):
            ChipImage.load(put(tmp_path, saved, chip=json.dumps(rest).encode()))


def test_missing(saved, tmp_path):
    for folder in (tmp_path, tmp_path / "none", "/dev/null"):
        with pytest.raises(InputError, match="chip.json"):
            ChipImage.load(folder)
    (tmp_path / "chip.json").write_bytes(saved["chip.json"])
    with pytest.raises(InputError, match="damaged ChipImage.*memories.npz"):
        ChipImage.load(tmp_path)
    (tmp_path / "memories.npz").mkdir()
    with pytest.raises(InputError, match="damaged ChipImage"):
        ChipImage.load(tmp_path)


def changed_core(image, name, index, delta, core=0):
    """A copy of the image with one memory word changed."""
    memory = getattr(image.cores[core], name).copy()
    memory[index] = memory[index] ^ True if memory.dtype == bool else memory[index] + delta
    cores = list(image.cores)
    cores[core] = replace(cores[core], **{name: memory})
    return replace(image, cores=tuple(cores))


def placed(image, **changes):
    first, *others = image.populations
    return replace(image, populations=(replace(first, **changes), *others))


def run(image, **changes):
    """Of one pass."""
    return replace(image, passes=(replace(image.passes[0], **changes),))


def sent(image, bits=0, **changes):
    (feed,) = image.passes[0].feeds
    return run(image, feeds=(replace(feed, packet=feed.packet | np.uint64(bits), **changes),))


@pytest.mark.parametrize("name", ["synapse", *CoreImage.VECTORS, "route"])
def test_a_changed_memory_is_noticed(name, image, saved, tmp_path):
    other = changed_core(image, name, (0, 1) if name == "synapse" else 1, 1)
    assert other.sha256() != image.sha256()
    file = io.BytesIO()
    np.savez(file, **other.arrays())
    with pytest.raises(InputError, match="changed after it was written|damaged"):
        ChipImage.load(put(tmp_path, saved, memories=file.getvalue()))


@pytest.mark.parametrize(("change", "match"), [
    (lambda i: run(i, ticks=0), "ticks is 0"), (lambda i: run(i, ticks="9"), "ticks is '9'"),
    (lambda i: run(i, ticks=65_537), "pass 0: ticks is 65537"),
    (lambda i: run(i, base=-1), "base is -1"), (lambda i: run(i, base=1), "at other ticks"),
    (lambda i: run(i, lines={"nobody": 0}), "no population 'nobody'"),
    (lambda i: run(i, lines={"input": 0}), "no population 'input'"),
    (lambda i: run(i, lines={i.output: -1}), "line of .* is -1"),
    (lambda i: run(i, lines={i.output: 1 << 17}), "output lines, at most"),
    (lambda i: run(i, lines={i.output: 1}), "another neuron's or nobody's"),
    (lambda i: run(i, lines={p.name: 0 for p in i.populations}), "line of .* is 0"),
    (lambda i: replace(run(i, lines={}), decision="spikes"), "decision spikes, but output"),
    (lambda i: replace(run(i, lines={}), decision="first_spike"), "decision first_spike, but"),
    (lambda i: sent(i, source=i.output), "which no earlier pass sends"),
    (lambda i: sent(i, level=-1), "level of 'input' is -1"),
    (lambda i: sent(i, level=2), "after the pass's last tick"),
    (lambda i: sent(i, start=i.passes[0].feeds[0].start[:-1]), "do not match its shape"),
    (lambda i: sent(i, start=i.passes[0].feeds[0].start + 1), "do not match its shape"),
    (lambda i: replace(i, passes=i.passes * 2), "cores, expected"),
    (lambda i: replace(i, passes=()), "cores, expected"),
    (lambda i: replace(i, network_ticks=i.ticks), "active at other ticks"),
    (lambda i: run(i, ticks=i.network_ticks), "still active when the sample ends"),
    (lambda i: replace(i, input_shape=(1 << 32, 1 << 32)), "at most"),
    (lambda i: replace(i, input_shape=(8,)), "do not match its shape"),
    (lambda i: replace(i, output="nobody"), "'nobody' is not on the chip"),
    (lambda i: replace(i, decision="loudest"), "decision"),
    (lambda i: replace(i, encoding=[]), "not a dict"),
    (lambda i: replace(i, layers=3), "not a list"),
    (lambda i: replace(i, params=ChipParams(core=i.params.core, width=8, height=8)), "expected 64"),
    (lambda i: replace(i, populations=i.populations * 2), "share a name"),
    (lambda i: placed(i, core=i.populations[0].core + 9), "outside the chip"),
    (lambda i: placed(i, column=i.populations[0].column - 1), "holds no potential"),
    (lambda i: placed(i, column=i.populations[0].column + 99), "outside core"),
    (lambda i: placed(i, shape=(19,)), "does not match its shape"),
    (lambda i: sent(i, 1 << 49), "must be spikes"),
    (lambda i: sent(i, 7 << 58), "outside the mesh"),
    (lambda i: sent(i, 1023), "axon that does not exist"),
    (lambda i: sent(i, 63 << 11), "phase that does not exist"),
    (lambda i: changed_core(i, "pointer", 2, 128), "routes lie beyond"),
    (lambda i: changed_core(i, "route", 0, 40), "axon that does not exist"),
    (lambda i: changed_core(i, "route", 0, 1 << 31), "unknown bits"),
    (lambda i: changed_core(i, "threshold", 2, 1 << 15), "threshold does not fit 16 bits"),
    (lambda i: changed_core(i, "control", 2, 1 << 13), "control words"),
    (lambda i: changed_core(i, "control", 2, -(1 << 4)), "complete neuron|no potential"),
])  # fmt: skip
def test_images_that_contradict_themselves(change, match, image, tmp_path):
    """Saved with a valid hash, as only malice or a bug can make them."""
    change(image).save(tmp_path / "chip")
    with pytest.raises(InputError, match=f"damaged ChipImage: .*{match}"):
        ChipImage.load(tmp_path / "chip")


@pytest.mark.parametrize(("name", "value"), [
    ("columns", 33), ("extension", 3), ("extension", -1), ("ticks", 1 << 16), ("first_tick", 1.5),
    ("columns", None), ("ticks", True),
])  # fmt: skip
def test_registers(name, value, saved, tmp_path):
    facts = json.loads(saved["chip.json"])
    facts["cores"][0][name] = value
    with pytest.raises(InputError, match="damaged ChipImage"):
        ChipImage.load(put(tmp_path, saved, chip=json.dumps(facts).encode()))
