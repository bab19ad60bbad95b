"""Link loads against a walk of every packet by the routers' own rule; events of the golden chip."""

from collections import Counter, deque
from types import SimpleNamespace

import numpy as np
import pytest
from grids import chain, grid_pe, random_grid_network, sent, token_targets
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.golden.crossbar import run_chip
from mapper.activity import uniform_activity
from mapper.crossbar.compiler import map_network
from mapper.crossbar.params import PRESETS, ChipParams, CoreParams
from mapper.crossbar.traffic import events, pass_loads, sends, synaptic_ops
from mapper.links import Link, Packets, link_loads, tree_hops
from mapper.network import INPUT
from mapper.packets import Kind
from mapper.yoso.compiler import map_network as map_grid
from mapper.yoso.places import fewest_hops, in_rows
from mapper.yoso.traffic import grid_traffic
from rtl.mesh.routing import OPPOSITE, Port, branches

STEPS = {Port.NORTH: (0, -1), Port.EAST: (1, 0), Port.SOUTH: (0, 1), Port.WEST: (-1, 0)}
CORE = CoreParams(axons=24, neurons=32, lanes=8, update_lanes=4, max_extension=4, routes=2048)


def walk(params, place, sides, to_host):
    """(link, x, y) of every output that a packet takes, router by router."""
    kind = Kind.OUTPUT if to_host else Kind.SPIKE
    packet = SimpleNamespace(
        kind=np.int64(kind), **dict(zip(("x0", "y0", "x1", "y1"), np.int64(sides), strict=True))
    )
    entry = (Port.WEST, 0, 0) if place < 0 else (Port.LOCAL, *params.position(int(place)))
    waiting, found = deque([entry]), []
    while waiting:
        port, x, y = waiting.popleft()
        for out, taken in branches(port, packet, np.int64(x), np.int64(y)).items():
            if not taken & 1:
                continue
            found.append((int(out), x, y))
            if out in STEPS:
                right, down = STEPS[out]
                if 0 <= x + right < params.width and 0 <= y + down < params.height:
                    waiting.append((OPPOSITE[out], x + right, y + down))
    return found


def assert_walked(loads, packets, params):
    expected, sent = Counter(), Counter()
    rows = zip(packets.place, packets.sides, packets.to_host, packets.rate, strict=True)
    for place, sides, to_host, rate in rows:
        sent[int(place)] += rate
        for link in walk(params, place, sides, to_host):
            expected[link] += rate
    found = {(d, x, y): v for (d, y, x), v in np.ndenumerate(loads.out) if v}
    assert found == {k: v for k, v in expected.items() if v}
    cores = {i: v for i, v in enumerate(loads.sent.ravel()) if v}
    assert cores | {-1: loads.host_in} == {-1: 0.0} | {k: v for k, v in sent.items() if v or k < 0}
    assert loads.packets == packets.rate.sum()


def joined(image, index, activity):
    parts = [s.packets for s in sends(image, index, activity)]
    return Packets(*(np.concatenate([getattr(p, f) for p in parts])
                     for f in ("place", "sides", "to_host", "rate")))  # fmt: skip


@st.composite
def traffic(draw):
    width, height = draw(st.integers(1, 8)), draw(st.integers(1, 8))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = draw(st.integers(0, 12))
    place = rng.integers(-1, width * height, n)
    x = np.sort(rng.integers(0, width, (n, 2)), axis=1)
    y = np.sort(rng.integers(0, height, (n, 2)), axis=1)
    sides = np.stack([x[:, 0], y[:, 0], x[:, 1], y[:, 1]], axis=1)
    to_host = (rng.random(n) < 0.3) & (place >= 0)
    params = ChipParams(core=PRESETS["tiny"], width=width, height=height)
    return params, Packets(place, sides, to_host, rng.integers(0, 9, n) / 2)


@given(traffic())
def test_loads_are_those_of_a_walk(case):
    params, packets = case
    loads = link_loads(packets, params)
    assert_walked(loads, packets, params)
    assert loads.hops == (tree_hops(packets, params) * packets.rate).sum()
    between = loads.out[: Link.LOCAL].copy()
    between[Link.WEST, 0, 0] = 0
    assert loads.hottest[1] == between.max()


@given(seed=st.integers(0, 2**32))
@settings(max_examples=15)
def test_loads_of_random_images(seed, make_network):
    rng = np.random.default_rng(seed)
    network = make_network(seed, levels=[[40], [30, 9]], formats=["ternary"], recurrent=0)
    image = map_network(network, CORE, mesh=(4, 3))
    activity = {k: rng.integers(0, 4, len(v)) for k, v in uniform_activity(image).items()}
    for index in range(len(image.passes)):
        packets = joined(image, index, activity)
        assert_walked(pass_loads(image, index, activity), packets, image.params)


@pytest.mark.parametrize("mesh", [(5, 4), (2, 2)], ids=["one pass", "several"])
def test_events_and_synaptic_ops_are_those_of_the_golden_chip(mesh, make_network, make_spikes):
    network = make_network(7, levels=[[40], [90], [9]], formats=["ternary"], recurrent=0)
    image, spikes = map_network(network, CORE, mesh), make_spikes(network, 3)
    assert (len(image.passes) > 1) == (mesh == (2, 2))
    trace = run_chip(image, spikes)
    activity = {INPUT: spikes.sum(axis=(0, 1))}
    activity |= {name: fired.sum(axis=(0, 1)) for name, fired in trace.spikes.items()}
    for index in range(len(image.passes)):
        cores = [*image.cores_of(index)]
        arriving = sum(events(s, image) for s in sends(image, index, activity))
        assert (arriving.sum(axis=1) == trace.counters["events"][:, cores].sum(axis=0)).all()
        ops = [synaptic_ops(a, image.cores[i]) for a, i in zip(arriving, cores, strict=True)]
        assert (ops == trace.counters["synaptic_ops"][:, cores].sum(axis=0)).all() and sum(ops)


def test_uniform_activity_counts_every_packet(make_network):
    image = map_network(make_network(3, levels=[[40], [20]], recurrent=0), CORE)
    loads = pass_loads(image, 0, uniform_activity(image))
    assert loads.host_in == sum(len(f.packet) for f in image.passes[0].feeds)
    assert loads.to_json()["hops"] == loads.hops


def packets_of(rows):
    """rows: (place, sides, to_host, rate)"""
    place, sides, to_host, rate = zip(*rows, strict=True)
    return Packets(np.array(place), np.array(sides), np.array(to_host), np.array(rate, float))


@given(seed=st.integers(0, 2**32))
@settings(max_examples=15)
def test_loads_of_random_grids(seed):
    """Spikes and tokens, each followed by the routers' rule."""
    rng = np.random.default_rng(seed)
    image = map_grid(random_grid_network(seed), grid_pe())
    activity = {k: rng.integers(0, 4, len(v)) for k, v in uniform_activity(image).items()}
    rows = []
    for source, element, packets in sent(image):
        place = -1 if source == INPUT else image[source].core[element]
        rows += [(place, sides, False, activity[source][element]) for _, sides in packets]
        if source in image.lines:
            rows.append((place, (0, 0, 0, 0), True, activity[source][element]))
    found = grid_traffic(image, activity)
    if rows:
        assert_walked(found.spikes, packets_of(rows), image.params)
    rows = [(i, sides, False, image.network_ticks) for i, sides in token_targets(image)]
    assert_walked(found.tokens, packets_of(rows), image.params)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=15)
def test_placement_for_few_hops_does_no_harm(seed):
    """Places are different; hops are never more than row by row."""
    hops = []
    for place in (in_rows, fewest_hops):
        image = map_grid(random_grid_network(seed), grid_pe(), place=place)
        traffic = grid_traffic(image, uniform_activity(image))
        hops.append((traffic.spikes + traffic.tokens).hops)
    assert hops[1] <= hops[0]


def test_placement_for_few_hops_finds_some():
    """An output on one PE hears of 20 others: it need not stand behind all of them."""
    hops = []
    for place in (in_rows, fewest_hops):
        image = map_grid(chain(100, 40, 2), grid_pe(), (7, 3), place=place)
        traffic = grid_traffic(image, uniform_activity(image))
        hops.append((traffic.spikes + traffic.tokens).hops)
    assert hops[1] < hops[0]
