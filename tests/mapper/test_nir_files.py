"""NIR files: exact round trip, plain `nir.read`, and nothing but InputError for bad ones."""

import json

import h5py
import nir
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper.errors import InputError
from mapper.network import INPUT, Dense, Network, Population
from mapper.nir_io import read_network, write_network
from mapper.seal import BLOCK, check_seal, write_seal
from mapper.semantics import DecayKind

SMALL = Network(
    "small", (3,), (Population("a", (4,)), Population("b", (2,), kind="readout")),
    (Dense(INPUT, "a", np.eye(4, 3)), Dense("a", "b", np.ones((2, 4)))), "b", 3,
)  # fmt: skip


def same(a: Network, b: Network) -> bool:
    facts = ("name", "input_shape", "output", "ticks", "decision", "encoding", "record")
    return (
        a.sha256() == b.sha256()
        and all(getattr(a, f) == getattr(b, f) for f in facts)
        and [c.scale for c in a.connections] == [c.scale for c in b.connections]
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("nir")


@pytest.fixture(scope="module")
def small_bytes(folder):
    write_network(SMALL, folder / "a.nir")
    return (folder / "a.nir").read_bytes()


@given(seed=st.integers(0, 2**32))
@settings(max_examples=15)
def test_round_trip_is_exact_and_byte_stable(seed, folder, make_network):
    network = make_network(seed)
    write_network(network, folder / "a.nir")
    write_network(network, folder / "b.nir")
    assert same(read_network(folder / "a.nir"), network)
    assert (folder / "a.nir").read_bytes() == (folder / "b.nir").read_bytes()
    assert not [p for p in folder.iterdir() if p.name not in ("a.nir", "b.nir", "bad.nir")]


def test_round_trip_of_records_scales_and_rel_psp(folder):
    record = {"accuracy": {"integer": 0.1 + 0.2}, "text": "ü\n\u2028", "list": [1, None, True]}
    network = Network(
        "näme", (1, 2, 3), (Population("r", (2, 1), "rel_psp", threshold=5),),
        (Dense(INPUT, "r", np.ones((2, 6)), scale=1 / 3),), "r", 65_535, "spikes",
        {"name": "x", "maximum": 7}, record,
    )  # fmt: skip
    write_network(network, folder / "a.nir")
    assert same(read_network(folder / "a.nir"), network)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=10)
def test_other_nir_readers_see_the_graph(seed, folder, make_network):
    network = make_network(seed)
    write_network(network, folder / "a.nir")
    graph = nir.read(folder / "a.nir")
    for i, c in enumerate(network.connections):
        assert (graph.nodes[f"connection_{i}"].weight == c.weight).all()
        assert {(c.source, f"connection_{i}"), (f"connection_{i}", c.target)} <= set(graph.edges)
    for p in network.populations:
        node = graph.nodes[p.name]
        if p.neuron.spiking:
            assert (node.v_threshold == p.threshold).all()
        if p.decay.kind != DecayKind.NONE:
            assert np.allclose(1 - 1 / node.tau, p.decay.factor)
    assert (network.output, "output") in graph.edges


@pytest.mark.parametrize("name", ["output", "connection_0"])
def test_names_that_nir_needs(name, tmp_path):
    network = Network("n", (1,), (Population(name, (1,)),), (Dense(INPUT, name, [[1]]),), name, 1)
    with pytest.raises(InputError, match="reserved in NIR files"):
        write_network(network, tmp_path / "a.nir")
    assert not [*tmp_path.iterdir()]


@given(data=st.data())
@settings(max_examples=250)
def test_damaged_bytes(data, folder, small_bytes):
    """Truncated, or with a few bits flipped: refused, or the very same Network."""
    raw = bytearray(small_bytes)
    if data.draw(st.booleans(), label="truncate"):
        raw = raw[: data.draw(st.integers(0, len(raw) - 1))]
    else:
        for _ in range(data.draw(st.integers(1, 3))):
            raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    (folder / "bad.nir").write_bytes(raw)
    try:
        assert read_network(folder / "bad.nir").sha256() == SMALL.sha256()
    except InputError as error:
        assert str(error).startswith(f"{folder / 'bad.nir'}: ") and "\n" not in str(error)


def edited(folder, edit):
    """A well sealed file with foreign content, as only malice or a bug can make it."""
    path = folder / "bad.nir"
    write_network(SMALL, path)
    with h5py.File(path, "r+") as file:
        edit(file["node"])
    write_seal(path)
    check_seal(path)
    return path


def put(name, value):
    def edit(node):
        del node[name]
        node[name] = value

    return edit


def facts(**changes):
    def edit(node):
        old = json.loads(node["metadata/spikeloom"][()])
        put("metadata/spikeloom", json.dumps(old | changes))(node)

    return edit


def huge(node):
    del node["nodes/a/metadata/bias"]
    node.create_dataset("nodes/a/metadata/bias", (1 << 40,), "i8", chunks=(1 << 16,))


def linked(kind):
    def edit(node):
        del node["nodes/a/metadata/bias"]
        node["nodes/a/metadata/bias"] = kind

    return edit


def loop(node):
    node["nodes/a/metadata/more"] = node["nodes"]


@pytest.mark.parametrize(("edit", "match"), [
    (put("nodes/connection_0/weight", np.full((4, 3), 2)), "outside -1..1 of format ternary"),
    (put("nodes/connection_0/weight", np.ones((3, 3))), "weight has shape"),
    (put("nodes/connection_0/metadata/format", "int99"), "unknown weight format"),
    (put("nodes/connection_0/metadata/delay", -1), "delay"),
    (put("nodes/a/metadata/bias", np.full(4, 0.5)), "not all values are integers"),
    (put("nodes/a/metadata/bias", "text"), "not all values|damaged"),
    (put("nodes/a/metadata/shape", np.array([1 << 40])), "at most"),
    (put("nodes/a/metadata/shape", np.zeros(0, int)), "tuple of positive"),
    (put("nodes/a/metadata/decay", "sideways"), "damaged Network"),
    (put("nodes/a/metadata/kind", "sparrow"), "unknown neuron kind 'sparrow'"),
    (put("nodes/a/type", "Bogus"), "NIR"), (put("edges", np.zeros((0, 2), "S1")), "damaged"),
    (facts(version=2), "schema version 2; this Spikeloom reads 1"),
    (facts(ticks=10**12), "ticks must be"), (facts(ticks="x"), "ticks must be"),
    (facts(populations=["zz"]), "damaged"), (facts(populations=3), "damaged"),
    (facts(populations=[[]]), "damaged"), (facts(input_shape="ab"), "shape"),
    (facts(input_shape=[-3]), "shape"), (facts(record=7), "damaged"),
    (lambda node: node.__delitem__("metadata"), "foreign NIR"),
    (put("metadata/spikeloom", "[1]"), "foreign NIR"), (put("metadata/spikeloom", "{"), "foreign"),
    (lambda node: node.__delitem__("nodes"), "not a readable NIR"),
    (huge, "unpacks to more than"), (loop, "link to another place"),
    (linked(h5py.ExternalLink("/etc/passwd", "/x")), "link to another place"),
    (linked(h5py.SoftLink("/node/nodes")), "link to another place"),
])  # fmt: skip
def test_content_that_no_network_may_have(edit, match, folder):
    with pytest.raises(InputError, match=match):
        read_network(edited(folder, edit))


def test_foreign_files(tmp_path):
    graph = nir.NIRGraph.from_list(
        nir.Affine(np.ones((2, 2)), np.ones(2)), nir.IF(*np.ones((2, 2)))
    )
    nir.write(tmp_path / "foreign.nir", graph)
    with pytest.raises(InputError, match="foreign NIR"):
        read_network(tmp_path / "foreign.nir")
    with h5py.File(tmp_path / "block.h5", "w", userblock_size=BLOCK) as file:
        file["x"] = 1
    with pytest.raises(InputError, match="foreign NIR or HDF5"):
        read_network(tmp_path / "block.h5")
    for content in (b"", b"\x89HDF", b"PK\3\4", b"{}" * 4000, b"\x80\x04]."):
        (tmp_path / "a.nir").write_bytes(content)
        with pytest.raises(InputError, match="not a Network"):
            read_network(tmp_path / "a.nir")
    for missing in (tmp_path, tmp_path / "none.nir", tmp_path / "a.nir" / "b", "/dev/null"):
        with pytest.raises(InputError, match="no such file"):
            read_network(missing)


def test_unwritable(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "a.nir", tmp_path, "/dev/null", "/proc/a.nir"):
        with pytest.raises(InputError, match="cannot"):
            write_network(SMALL, path)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
