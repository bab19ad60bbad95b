"""NIR files: exact round trip, plain `nir.read`, and nothing but InputError for bad ones."""

import json

import h5py
import nir
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper.errors import InputError
from mapper.network import INPUT, Conv, Dense, Network, Population
from mapper.nir_graph import to_nir
from mapper.nir_io import read_network, write_network
from mapper.seal import BLOCK, write_seal
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
        and [p.group for p in a.populations] == [p.group for p in b.populations]
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("nir")


@pytest.fixture(scope="module")
def small_bytes(folder):
    write_network(SMALL, folder / "a.nir")
    return (folder / "a.nir").read_bytes()


@given(seed=st.integers(0, 2**32), conv=st.booleans())
@settings(max_examples=20)
def test_round_trip_is_exact_and_byte_stable(seed, conv, folder, make_network, make_conv_network):
    network = make_conv_network(seed) if conv else make_network(seed)
    write_network(network, folder / "a.nir")
    write_network(network, folder / "b.nir")
    assert same(read_network(folder / "a.nir"), network)
    assert (folder / "a.nir").read_bytes() == (folder / "b.nir").read_bytes()
    assert not [p for p in folder.iterdir() if p.name not in ("a.nir", "b.nir", "bad.nir")]


@pytest.mark.parametrize(("kind", "decision"), [
    ("rel_psp", "spikes"), ("rel_psp_readout", "potential"),
])  # fmt: skip
def test_round_trip_of_records_scales_and_rel_psp(kind, decision, folder):
    record = {"accuracy": {"integer": 0.1 + 0.2}, "text": "ü\n\u2028", "list": [1, None, True]}
    network = Network(
        "näme", (1, 2, 3), (Population("r", (2, 1), kind, threshold=5),),
        (Dense(INPUT, "r", np.ones((2, 6)), scale=1 / 3),), "r", 65_535, decision,
        {"name": "x", "maximum": 7}, record,
    )  # fmt: skip
    write_network(network, folder / "a.nir")
    assert same(read_network(folder / "a.nir"), network)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=16)
def test_other_nir_readers_see_the_graph(seed, folder, make_network, make_conv_network):
    network = make_network(seed) if seed % 2 else make_conv_network(seed)
    write_network(network, folder / "a.nir")
    graph = nir.read(folder / "a.nir")
    for i, c in enumerate(network.connections):
        node, source = graph.nodes[f"connection_{i}"], c.source
        if isinstance(c, Dense):
            assert (node.weight == c.weight).all()
        if (c.source, f"connection_{i}_flatten") in graph.edges:
            source = f"connection_{i}_flatten"
        assert {(source, f"connection_{i}"), (f"connection_{i}", c.target)} <= set(graph.edges)
    for p in network.populations:
        node = graph.nodes[p.name]
        if p.neuron.spiking:
            assert (node.v_threshold.ravel() == p.threshold).all()
        if p.decay.kind != DecayKind.NONE:
            assert np.allclose(1 - 1 / node.tau, p.decay.factor)
    assert (network.output, "output") in graph.edges


def computed(node, spikes):
    """What a NIR tool computes at a connection's node from the source's spikes (samples, n)."""
    weight = torch.from_numpy(node.weight).double()
    rows = torch.from_numpy(spikes.reshape(len(spikes), *node.input_type["input"]))
    if isinstance(node, nir.Linear):
        return rows @ weight.T
    function = torch.nn.functional.conv2d if weight.ndim == 4 else torch.nn.functional.conv1d
    steps = [torch.from_numpy(np.atleast_1d(s)).tolist() for s in (node.stride, node.padding)]
    return function(rows, weight, torch.from_numpy(node.bias), *steps)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=60)
def test_other_nir_readers_compute_the_same_convolutions(seed, make_conv_network):
    network = make_conv_network(seed)
    graph = to_nir(network)  # checks that the types at both ends of edges agree
    for i, c in enumerate(network.connections):
        node = graph.nodes[f"connection_{i}"]
        n = int(np.prod(network.shape_of(c.source)))
        spikes = np.random.default_rng(seed).integers(0, 2, (3, n)).astype(float)
        found = computed(node, spikes)
        assert tuple(found.shape[1:]) == tuple(node.output_type["output"])
        assert np.array_equal(found.reshape(3, -1), c.product(spikes))
        target = graph.nodes[c.target]
        assert np.array_equal(target.v_threshold.ravel(), network[c.target].threshold)


def map_network(kernel, dense=False, stride=1):
    """An input of (2, 6, 6) or (2, 6, 6, 6), one convolution and, if asked, a dense loop."""
    rank = len(kernel)
    conv = Conv(INPUT, "a", np.ones((3, 2, *kernel)), input_shape=(2, *[6] * rank),
                stride=(stride,) * rank)  # fmt: skip
    a = Population("a", conv.output_shape, group=3)
    loop = Dense("a", "a", np.eye(a.n), delay=1)
    return Network("m", conv.input_shape, (a,), (conv, loop) if dense else (conv,), "a", 2)


@pytest.mark.parametrize(("kernel", "dense", "kind", "shape"), [
    ((3,), False, "Conv1d", (3, 2, 3)), ((3, 3), False, "Conv2d", (3, 2, 3, 3)),
    ((2, 3), False, "Conv1d", (15, 12, 3)), ((2, 3, 3), False, "Conv2d", (15, 12, 3, 3)),
    ((3, 2, 3), False, "Conv1d", (60, 72, 3)), ((3, 3), True, "Linear", (48, 72)),
])  # fmt: skip
def test_nodes_of_convolutions(kernel, dense, kind, shape, tmp_path):
    write_network(map_network(kernel, dense), tmp_path / "a.nir")
    node = nir.read(tmp_path / "a.nir").nodes["connection_0"]
    assert type(node).__name__ == kind and node.weight.shape == shape
    assert ("kernel" in node.metadata) == (shape[1] != 2)


def test_convolutions_too_large_for_any_node(tmp_path):
    conv = Conv(INPUT, "a", np.ones((1, 1, 2, 3)), input_shape=(1, 200, 200))
    few, a = Population("few", (1,)), Population("a", conv.output_shape)
    dense = (Dense(INPUT, "few", np.ones((1, 40_000))), Dense("few", "a", np.ones((a.n, 1))))
    network = Network("n", (1, 200, 200), (few, a), (conv, *dense), "a", 1)
    with pytest.raises(InputError, match="input->a: NIR has no node for it"):
        write_network(network, tmp_path / "a.nir")
    assert not [*tmp_path.iterdir()]


def taken_as(kernel, seen, second):
    """A convolution, and one of `second` kernel that sees its neurons as a map of shape `seen`."""
    rng = np.random.default_rng(7)
    first = Conv(
        INPUT, "a", rng.integers(-1, 2, (6, 1, *kernel)), input_shape=(1, *[4] * len(kernel))
    )
    then = Conv("a", "b", rng.integers(-1, 2, (2, seen[0], *second)), input_shape=seen)
    populations = Population("a", first.output_shape), Population("b", then.output_shape)
    return Network("m", first.input_shape, populations, (first, then), "b", 2)


@pytest.mark.parametrize(("kernel", "seen", "second", "kinds"), [
    ((2, 4, 4), (1, 6, 3), (2, 2), ["Conv2d", "Conv2d"]),
    ((2, 4, 4), (1, 6, 3), (2, 1), ["Flatten", "Conv1d", "Conv1d"]),
    ((4,), (2, 3), (2,), ["Conv1d", "Conv1d"]), ((2, 3, 3), (18, 2, 2), (2, 2), ["Conv2d"]),
    ((4, 4, 4), (1, 1, 3, 2), (1, 2, 2), ["Conv2d", "Conv2d"]),
    ((2, 3, 3), (18, 2, 2), (1, 2), ["Flatten", "Conv1d"]),
    ((3, 3), (2, 4, 3), (2, 2), ["Flatten", "Linear"]),
])  # fmt: skip
def test_maps_of_another_shape(kernel, seen, second, kinds, tmp_path):
    """What a NIR tool computes from node to node is what the connection computes."""
    network = taken_as(kernel, seen, second)
    write_network(network, tmp_path / "a.nir")
    assert same(read_network(tmp_path / "a.nir"), network)
    graph = nir.read(tmp_path / "a.nir")
    path = ["connection_1"]
    while path[0] != "a":
        path.insert(0, {b: a for a, b in graph.edges}[path[0]])
    connection = network.connections[1]
    spikes = np.random.default_rng(1).integers(0, 2, (5, network["a"].n)).astype(float)
    found = torch.from_numpy(spikes)
    for name in path[1:]:
        node = graph.nodes[name]
        if not isinstance(node, nir.Flatten):
            found = computed(node, found.numpy())
    assert [type(graph.nodes[name]).__name__ for name in path[1:]] == kinds
    assert np.array_equal(found.reshape(5, -1), connection.product(spikes))


@pytest.mark.parametrize("field", ["weight", "padding", "stride"])
def test_a_reshape_that_is_none(field, tmp_path):
    write_network(taken_as((4, 4), (1, 2, 3), (2, 2)), tmp_path / "a.nir")
    with h5py.File(tmp_path / "a.nir", "r+") as file:
        stored = file[f"node/nodes/connection_1_reshape/{field}"]
        stored[...] = stored[()][..., ::-1] + (field == "stride")
    write_seal(tmp_path / "a.nir")
    with pytest.raises(InputError, match="'connection_1_reshape': it does more than to change"):
        read_network(tmp_path / "a.nir")


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


def test_version_1_lacks_kinds(folder):
    path = folder / "older.nir"
    write_network(SMALL, path)
    with h5py.File(path, "r+") as file:
        node = file["node"]
        facts = json.loads(node["metadata/spikeloom"][()])
        del node["metadata/spikeloom"]
        node["metadata/spikeloom"] = json.dumps(facts | {"version": 1})
        for key, what in (("connection_0", "kind"), ("connection_1", "kind"), ("a", "group")):
            del node[f"nodes/{key}/metadata/{what}"]
    write_seal(path)
    assert same(read_network(path), SMALL)


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
        with pytest.raises(InputError, match="no such file|not a file"):
            read_network(missing)


def test_unwritable(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "a.nir", tmp_path, "/dev/null", "/proc/a.nir"):
        with pytest.raises(InputError, match="cannot"):
            write_network(SMALL, path)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
