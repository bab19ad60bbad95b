"""What a chip cannot hold is refused, with the population and the number; meshes and cores."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapper.bits import BitLayout
from mapper.crossbar.compiler import check_network, map_network
from mapper.crossbar.params import PRESETS, ChipParams, CoreParams
from mapper.errors import InputError
from mapper.fabrics import find_fabric
from mapper.mesh import cover, mesh_shape, near_square
from mapper.network import INPUT, Dense, Network, Population
from mapper.semantics import Decay, DecayKind

TINY = PRESETS["tiny"]
CLEAR = Decay(DecayKind.CLEAR)


def chain(*sizes, fmt="ternary", ticks=2, **facts) -> Network:
    """A feed-forward network of zero weights: only its sizes matter."""
    names = [INPUT, *(f"p{i}" for i in range(1, len(sizes)))]
    return Network(
        "chain", sizes[:1],
        tuple(Population(n, (s,), **facts) for n, s in zip(names[1:], sizes[1:], strict=True)),
        tuple(Dense(a, b, np.zeros((n, m)), fmt) for a, b, m, n in
              zip(names, names[1:], sizes, sizes[1:], strict=False)),
        names[-1], ticks,
    )  # fmt: skip


def skipping() -> Network:
    base = chain(2, 2, 2, 2)
    return replace(base, connections=(*base.connections, Dense("p1", "p3", np.eye(2))))


def looped() -> Network:
    n = 4 * 64 + 1
    return Network(
        "looped", (2,), (Population("p1", (n,)),),
        (Dense(INPUT, "p1", np.zeros((n, 2))), Dense("p1", "p1", np.zeros((n, n)), delay=1)),
        "p1", 2,
    )  # fmt: skip


def delayed() -> Network:
    base = chain(2, 2, 2)
    return replace(base, connections=(*base.connections, Dense("p2", "p1", np.eye(2), delay=3)))


def twice() -> Network:
    base = chain(2, 2)
    return replace(base, connections=(*base.connections, Dense(INPUT, "p1", np.eye(2), delay=1)))


def late() -> Network:
    base = chain(2, 2)
    return replace(base, connections=(Dense(INPUT, "p1", np.eye(2), delay=65_534),))


def heavy() -> Network:
    base = chain(1, 1, fmt="int8")
    return replace(base, connections=(Dense(INPUT, "p1", [[100]], "int8"),) * 2)


@pytest.mark.parametrize(("network", "where", "reason"), [
    (chain(97, 3, 2), "p1", "fan-in 97 needs axon extension 8; the core reaches 4 x 24 = 96"),
    (chain(3, 97, 2), "p2", "fan-in 97"), (chain(2, 2, kind="rel_psp"), "p1", "kind 'rel_psp'"),
    (skipping(), "p3", "p1->p3 has delay 0, .* need delay -1: insert relay populations"),
    (twice(), "p1", "connections from 'input' have delays 0 and 1"),
    (delayed(), "p1", "p2->p1 has delay 3, but .* would need delay 2"),
    (chain(2, 2, bias=1 << 20), "p1", "neuron 0 .* needs 22 bits, the core has 16"),
    (late(), "p1", "its last tick is 65536, a core counts to 65535"),
    (heavy(), "p1", "parallel connections sum to weights 0..200, beyond the 8 bits"),
])  # fmt: skip
def test_layers_that_do_not_fit(network, where, reason):
    with pytest.raises(InputError, match=f"population '{where}' does not fit: .*{reason}"):
        map_network(network, TINY)
    verdicts = {v["name"]: v for v in check_network(network, TINY)}
    assert set(verdicts) == {p.name for p in network.populations}  # every layer has its line
    for name, verdict in verdicts.items():
        assert verdict["fits"] == (name != where) == (verdict["reason"] is None)


@pytest.mark.parametrize(("network", "core", "reason"), [
    (looped(), replace(TINY, axons=100), "cores, 64 at a time, and connection p1->p1 would lead"),
    (chain(8, 8, 20, 20), replace(TINY, routes=8), "a core of .* needs .* routes"),
])  # fmt: skip
def test_chips_that_do_not_fit(network, core, reason):
    with pytest.raises(InputError, match=reason):
        map_network(network, core)
    *layers, chip = check_network(network, core)
    assert all(v["fits"] for v in layers) and chip["name"] == "chip" and not chip["fits"]


def test_the_last_that_fits():
    assert map_network(chain(20, 16 * 64), TINY).params.cores == 64
    assert map_network(chain(96, 4), TINY).cores[0].extension == 2
    assert all(v["fits"] for v in check_network(chain(96, 4), TINY))
    late = chain(2, 2, 2, ticks=65_533, reset="none", decay=CLEAR)
    assert map_network(late, TINY).cores[0].ticks == 65_533
    with pytest.raises(InputError, match="last tick is 65536, a core counts to 65535"):
        map_network(replace(late, ticks=65_535), TINY)


def test_a_mesh_too_small_takes_several_passes():
    image = map_network(chain(20, 16 * 3), TINY, (2, 1))
    assert len(image.passes) == 2 and len(image.cores) == 4 and image.summary()["cores"] == 3
    assert len(map_network(chain(20, 16 * 65), TINY).passes) == 2


def test_impossible_meshes():
    for mesh in ((0, 3), (9, 9), (3, 0), (-1, -3)):
        with pytest.raises(InputError, match="mesh|chip parameter"):
            map_network(chain(20, 16), TINY, mesh)


@pytest.mark.parametrize("cores", range(1, 80))
def test_near_square(cores):
    width, height = near_square(cores)
    assert 0 <= width - height <= 1 and width <= 8
    assert width * height >= min(cores, 64) and width * (height - 1) < cores


@pytest.mark.parametrize("cores", range(1, 65))
def test_mesh_shape(cores):
    width, height = mesh_shape(cores)
    assert cores <= width * height and 1 <= height <= width <= 8
    assert not any(cores <= w * h < width * height for w in range(1, 9) for h in range(1, 9))


@given(st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7))))
def test_cover_is_an_exact_partition(cores):
    found = [
        (x, y) for x0, y0, x1, y1 in cover(cores) for x in range(x0, x1 + 1)
        for y in range(y0, y1 + 1)
    ]  # fmt: skip
    assert len(found) == len(set(found)) and set(found) == cores


def test_cover_finds_large_rectangles():
    whole = {(x, y) for x in range(8) for y in range(8)}
    assert cover(whole) == [(0, 0, 7, 7)] and cover(set()) == []
    assert len(cover(whole - {(7, 7)})) == 2


@pytest.mark.parametrize(("text", "match"), [
    ("", "unknown core ''; known: full, small, tiny"), ("huge", "unknown core 'huge'"),
    (" full", "unknown core"), ("full,", "expected NAME=INTEGER"), ("full,lanes", "NAME=INTEGER"),
    ("full,lanes=", "NAME=INTEGER"), ("full,lanes=x", "NAME=INTEGER"),
    ("full,lanes=--8", "NAME=INTEGER"), ("full,lanes=²", "NAME=INTEGER"),
    ("full,lanes=1e2", "NAME=INTEGER"), ("full,lanes=" + "9" * 5000, "NAME=INTEGER"),
    ("full,color=3", "one of axons, neurons"), ("full,lanes=-8", "lanes must be a power of two"),
    ("full,lanes=24", "a power of two in 8..256, not 24"), ("full,axons=4096", "8..2048"),
    ("full,neurons=2048", "8..1024"), ("tiny,lanes=64", "lanes must be .* 8..32"),
    ("tiny,update_lanes=16", "update_lanes .* 1..8"), ("tiny,max_extension=8", "1..4"),
    ("full,potential_bits=33", "8..32"), ("full,routes=0", "8..8192"),
])  # fmt: skip
def test_bad_cores(text, match):
    with pytest.raises(InputError, match=match):
        find_fabric("crossbar").parse(text)


def test_good_cores():
    parse = find_fabric("crossbar").parse
    assert parse("full") == CoreParams()
    assert parse("full,lanes=128,update_lanes=64") == CoreParams(lanes=128, update_lanes=64)
    assert (CoreParams().axons, CoreParams().neurons) == (1152, 1024)
    for bad in (True, 64.0, "64", None):
        with pytest.raises(InputError, match="must be an integer"):
            CoreParams(lanes=bad)
        with pytest.raises(InputError, match="must be an integer"):
            ChipParams(core=CoreParams(), width=bad, height=1)


def test_unknown_fabric():
    with pytest.raises(InputError, match="unknown fabric 'asic'; known: crossbar, hybrid, yoso"):
        find_fabric("asic")


@given(st.lists(st.integers(1, 21), min_size=1, max_size=3), st.data())
def test_bit_layouts(widths, data):
    layout = BitLayout("word", tuple((f"f{i}", w) for i, w in enumerate(widths)))
    values = {n: data.draw(st.integers(0, (1 << w) - 1)) for n, w in layout.fields}
    word = layout.pack(**values)
    assert layout.width == sum(widths) and int(word) < 1 << layout.width
    assert {n: int(v) for n, v in layout.unpack(word).items()} == values
    name, width = layout.fields[-1]
    for wrong in (1 << width, -1):
        with pytest.raises(InputError, match=f"word.{name}: {wrong} does not fit {width} bits"):
            layout.pack(**{name: [0, wrong, 1]})
