"""The mesh: every packet exactly once to exactly the right places, under any stalls."""

import itertools
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper.packets import PACKET, Kind

from .traffic import HOST, Traffic, destinations, exchange, fields, mesh_of, mesh_streams

CORE_KINDS = [Kind.SPIKE, Kind.TICK, Kind.WRITE, Kind.READ, Kind.SCAN]
HOST_KINDS = [Kind.REPLY, Kind.OUTPUT, Kind.DONE]
SIZES = [(1, 1), (2, 1), (1, 3), (2, 2), (3, 2)]


def packet(serial: int, kind: int, x0: int, y0: int, x1: int, y1: int) -> int:
    return int(PACKET.pack(data=serial, kind=kind, x0=x0, y0=y0, x1=x1, y1=y1))


def check(traffic: Traffic, width: int, height: int) -> None:
    """Every word at exactly its destinations, once, and in order from each source to each."""
    expected: dict[int, dict[int, list[int]]] = {}
    for source, words in traffic.sent.items():
        for _, word in words:
            for sink in destinations(word, source, width, height):
                expected.setdefault(sink, {}).setdefault(source, []).append(word)
    origin = {word: source for source, words in traffic.sent.items() for _, word in words}
    for sink, words in traffic.received.items():
        found: dict[int, list[int]] = {}
        for _, word in words:
            found.setdefault(origin[word], []).append(word)
        assert found == expected.get(sink, {}), f"at {sink}"


class IdleModel:
    """`idle` is 1 exactly when no packet is inside and none is offered by a core."""

    def __init__(self, width: int, height: int) -> None:
        self.size = width, height
        self.seen: dict[int, int] = {}
        self.inside = 0

    def __call__(self, idle: bool, traffic: Traffic) -> None:
        for source, words in traffic.sent.items():
            for _, word in words[self.seen.get(source, 0) :]:
                self.inside += len(destinations(word, source, *self.size))
            self.seen[source] = len(words)
        taken = sum(map(len, traffic.received.values()))
        if idle:
            assert self.inside == taken, "idle with packets inside"


@pytest.mark.parametrize("stall", [0.0, 0.3])
@pytest.mark.parametrize("size", [(2, 2), (3, 2)], ids=str)
def test_every_source_every_rectangle_every_kind(size, stall):
    width, height = size
    kinds = [*CORE_KINDS, *HOST_KINDS] if size == (2, 2) else [Kind.SPIKE]
    columns = itertools.combinations_with_replacement(range(width), 2)
    rows = list(itertools.combinations_with_replacement(range(height), 2))
    rectangles = [(x0, y0, x1, y1) for x0, x1 in columns for y0, y1 in rows]
    serial = itertools.count()
    mesh = mesh_of(*size)
    offers = {
        source: [packet(next(serial), kind, *r) for kind in kinds for r in rectangles]
        for source in (HOST, *range(width * height))
    }
    traffic = exchange(mesh, *mesh_streams(mesh), offers, stall, stall, 1, IdleModel(*size))
    check(traffic, *size)
    bounced = sum(fields(w)["kind"] in HOST_KINDS for _, w in traffic.sent[HOST])
    assert (traffic.lost > 0) == (bounced > 0) and not traffic.escaped


@st.composite
def loads(draw):
    """A mesh, random packets for every source (many of them multicasts), stalls, a seed."""
    width, height = draw(st.sampled_from(SIZES))
    seed = draw(st.integers(0, 2**31))
    dice = random.Random(seed)
    count = draw(st.integers(1, 30))
    kinds = draw(st.sampled_from([[Kind.SPIKE], [Kind.SPIKE, Kind.OUTPUT], CORE_KINDS]))
    serial = itertools.count()

    def word() -> int:
        x0, x1 = sorted(dice.randrange(width) for _ in range(2))
        y0, y1 = sorted(dice.randrange(height) for _ in range(2))
        if dice.random() < 0.3:
            x0, y0, x1, y1 = 0, 0, width - 1, height - 1
        return packet(next(serial), dice.choice(kinds), x0, y0, x1, y1)

    cores = range(width * height)
    offers = {source: [word() for _ in range(count)] for source in cores}
    offers[HOST] = [w for w in (word() for _ in range(count)) if fields(w)["kind"] != Kind.OUTPUT]
    stalls = draw(st.sampled_from([(0.0, 0.0), (0.0, 0.5), (0.5, 0.0), (0.3, 0.8)]))
    return (width, height), offers, stalls, seed


@settings(max_examples=8)
@given(loads())
def test_random_traffic(load):
    size, offers, stalls, seed = load
    mesh = mesh_of(*size)
    traffic = exchange(mesh, *mesh_streams(mesh), offers, *stalls, seed, IdleModel(*size))
    assert sum(map(len, traffic.sent.values())) == sum(map(len, offers.values()))
    check(traffic, *size)
    assert not traffic.lost and not traffic.escaped


EMPTY = [(1, 0, 0, 0), (0, 1, 1, 0), (1, 1, 0, 0), (7, 7, 0, 0)]
OUTSIDE = [(2, 0, 3, 1), (0, 2, 1, 7), (7, 0, 7, 7), (1, 0, 7, 0), (0, 1, 0, 3)]


@pytest.mark.parametrize("source", [HOST, 0, 3])
def test_a_packet_without_destination_is_reported_and_harms_nobody(source):
    """Inverted rectangles go nowhere; what reaches beyond the mesh leaves it, once."""
    size, serial = (2, 2), itertools.count()
    words = [
        packet(next(serial), Kind.SPIKE, *r)
        for bad in [*EMPTY, *OUTSIDE]
        for r in (bad, (0, 0, 1, 1))
    ]
    mesh = mesh_of(*size)
    traffic = exchange(mesh, *mesh_streams(mesh), {source: words}, stall_out=0.2, seed=3)
    check(traffic, *size)
    assert traffic.lost == len(EMPTY)
    assert {fields(word)["data"] // 2 for word in traffic.escaped} == {4, 5, 6, 7, 8}


@pytest.mark.parametrize("stalled", [HOST, 2])
def test_a_stalled_port_stalls_and_loses_nothing(stalled):
    """Nobody takes at one port for 300 cycles, while everybody sends there and elsewhere."""
    size, serial = (2, 2), itertools.count()
    kind, cores = (Kind.OUTPUT if stalled == HOST else Kind.SPIKE), range(4)
    x, y = (stalled % 2, stalled // 2) if stalled != HOST else (0, 0)
    offers = {c: [packet(next(serial), kind, x, y, x, y) for _ in range(20)] for c in cores}
    offers[HOST] = [packet(next(serial), Kind.SPIKE, 0, 0, 1, 1) for _ in range(20)]
    mesh = mesh_of(*size)
    traffic = exchange(
        mesh, *mesh_streams(mesh), offers,
        stall_out=lambda key, cycle: key == stalled and cycle < 300,
    )  # fmt: skip
    check(traffic, *size)
    assert min(cycle for cycle, _ in traffic.received[stalled]) >= 300


def test_a_stalled_edge_stalls_and_loses_nothing():
    """A packet for the next chip waits until that takes it; so do those behind it."""
    mesh = mesh_of(2, 1)
    ins, outs, edges = mesh_streams(mesh)
    beyond = mesh.east_o[0]
    outs |= {2: beyond}
    words = [packet(i, Kind.SPIKE, 0, 0, 2 if i % 3 else 1, 0) for i in range(30)]
    traffic = exchange(
        mesh, ins, outs, [edge for edge in edges if edge is not beyond], {HOST: words, 0: []},
        stall_out=lambda key, cycle: key == 2 and cycle < 300,
    )  # fmt: skip
    check(traffic, 3, 1)
    assert min(cycle for cycle, _ in traffic.received[2]) >= 300
    assert len(traffic.received[2]) == 20


def test_latency_is_one_cycle_per_router():
    mesh = mesh_of(3, 2)
    everywhere = packet(0, Kind.SPIKE, 0, 0, 2, 1)
    for source in (0, 2, 4):
        traffic = exchange(mesh, *mesh_streams(mesh), {source: [everywhere]})
        start, _ = traffic.sent[source][0]
        for sink in range(6):
            hops = abs(source % 3 - sink % 3) + abs(source // 3 - sink // 3)
            assert traffic.received[sink][0][0] - start == hops + 1


def test_a_link_carries_a_packet_in_every_cycle():
    mesh = mesh_of(3, 1)
    words = [packet(i, Kind.SPIKE, 1, 0, 2, 0) for i in range(40)]
    traffic = exchange(mesh, *mesh_streams(mesh), {HOST: words})
    for sink in (1, 2):
        cycles = np.array([cycle for cycle, _ in traffic.received[sink]])
        assert (np.diff(cycles) == 1).all() and len(cycles) == 40


def test_an_output_serves_its_inputs_in_turn():
    """Three streams to one core: each gets every third cycle."""
    mesh = mesh_of(3, 1)
    serial = itertools.count()
    offers = {
        c: [packet(next(serial), Kind.SPIKE, 1, 0, 1, 0) for _ in range(30)] for c in range(3)
    }
    traffic = exchange(mesh, *mesh_streams(mesh), offers)
    origin = {word: source for source, words in offers.items() for word in words}
    order = [origin[word] for _, word in traffic.received[1]][3:-6]
    assert all(set(order[i : i + 3]) == {0, 1, 2} for i in range(len(order) - 2))
