"""Stream components: nothing lost, duplicated or reordered, under random stalls."""

import random
from collections import Counter

import pytest

from rtl.arbiter import PacketArbiter
from rtl.bit_scanner import BitScanner
from rtl.packet_queue import PacketQueue

from .conftest import sink, source

STALLS = [(0.0, 0.0), (0.5, 0.0), (0.0, 0.5), (0.4, 0.4)]


def expected_indices(words: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return [(tag, i) for tag, bits in words for i in range(64) if bits >> i & 1]


@pytest.mark.parametrize("stalls", STALLS)
@pytest.mark.parametrize("width", [1, 5, 64])
def test_bit_scanner(simulate, width, stalls):
    dice = random.Random(width)
    words = [(i % 16, dice.randrange(1, 1 << width)) for i in range(30)]
    expected, received = expected_indices(words), []
    scanner = BitScanner(width, 4)
    payloads = [{"tag": tag, "bits": bits} for tag, bits in words]
    simulate(
        scanner,
        source(scanner.i, payloads, stalls[0], 1),
        sink(scanner.o, received, len(expected), stalls[1], 2, lambda p: (p["tag"], p["index"])),
    )
    assert received == expected


def test_bit_scanner_sustains_one_index_per_cycle(simulate):
    scanner = BitScanner(8, 4)
    words = [(i, 1 << i % 8) for i in range(16)]

    async def bench(ctx):
        ctx.set(scanner.o.ready, 1)
        cycles = 0
        for tag, bits in words:
            ctx.set(scanner.i.payload, {"tag": tag, "bits": bits})
            ctx.set(scanner.i.valid, 1)
            _, _, ready = await ctx.tick().sample(scanner.i.ready)
            cycles += 1
            assert ready, "a word with one bit must take one cycle"
        assert cycles == len(words)

    simulate(scanner, bench)


@pytest.mark.parametrize("stalls", STALLS)
def test_packet_queue(simulate, stalls):
    dice = random.Random(7)
    words = [dice.randrange(1 << 64) for _ in range(60)]
    queue, received = PacketQueue(8), []
    payload = queue.o.payload.as_value()

    class Flat:
        valid, ready = queue.o.valid, queue.o.ready

    Flat.payload = payload

    class FlatIn:
        valid, ready, payload = queue.i.valid, queue.i.ready, queue.i.payload.as_value()

    simulate(queue, source(FlatIn, words, stalls[0], 1), sink(Flat, received, 60, stalls[1], 2))
    assert received == words


@pytest.mark.parametrize("stall", [0.0, 0.5])
def test_arbiter_is_fair_and_keeps_order(simulate, stall):
    n, per_input = 5, 20
    arbiter, received = PacketArbiter(n), []

    class Flat:
        valid, ready, payload = arbiter.o.valid, arbiter.o.ready, arbiter.o.payload.as_value()

    def port(i):
        class Port:
            valid, ready = arbiter.i[i].valid, arbiter.i[i].ready
            payload = arbiter.i[i].payload.as_value()

        return Port

    benches = [source(port(i), [i * 1000 + j for j in range(per_input)], 0.0, i) for i in range(n)]
    simulate(arbiter, *benches, sink(Flat, received, n * per_input, stall, 9))
    for i in range(n):
        mine = [w for w in received if w // 1000 == i]
        assert mine == [i * 1000 + j for j in range(per_input)]
    # All inputs always ask, so every window of n packets serves each of them once.
    for first in range(len(received) - n):
        assert max(Counter(w // 1000 for w in received[first : first + n]).values()) == 1


def test_an_idle_arbiter_begins_anew(simulate):
    """So that the cycles of a tick do not depend on the ticks before it."""
    arbiter = PacketArbiter(3)

    async def bench(ctx):
        ctx.set(arbiter.o.ready, 1)
        ctx.set(arbiter.i[1].valid, 1)
        await ctx.tick()
        ctx.set(arbiter.i[1].valid, 0)
        await ctx.tick()
        ctx.set(arbiter.i[0].valid, 1)
        ctx.set(arbiter.i[2].valid, 1)
        assert ctx.get(arbiter.i[0].ready) and not ctx.get(arbiter.i[2].ready)

    simulate(arbiter, bench)
