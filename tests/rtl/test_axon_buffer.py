"""The axon buffer: every axon of a tick comes out once, and only in its tick."""

import random

import pytest

from mapper.crossbar.params import CoreParams
from rtl.crossbar.axon_buffer import AxonBuffer

CORE = CoreParams(axons=130, neurons=64, lanes=8, update_lanes=4, max_extension=4)


@pytest.mark.parametrize("stall", [0.0, 0.6])
@pytest.mark.parametrize("density", [0.01, 0.3, 1.0])
def test_ticks(simulate, stall, density):
    """Spikes of tick n come before, during and after tick n - 1, together with those of n - 1."""
    dice = random.Random(int(density * 100))
    buffer = AxonBuffer(CORE)
    axons = [(row, phase) for phase in range(4) for row in range(CORE.axons)]
    ticks = [[a for a in axons if dice.random() < density] for _ in range(5)] + [[]]
    waits: list[list] = [[] for _ in ticks]  # what arrives before tick n drains
    runs: list[list] = [[] for _ in ticks]  # what arrives while it does
    for n, axons_of_tick in enumerate(ticks):
        for axon in axons_of_tick + axons_of_tick[:3]:  # some axons arrive twice
            early = dice.choice([waits[max(n - 1, 0)], runs[n - 1] if n else waits[0], waits[n]])
            early.append((n % 2, *axon))
    for arrivals in waits + runs:
        dice.shuffle(arrivals)

    async def cycle(ctx, arrivals: list, received: list) -> None:
        send = bool(arrivals) and dice.random() >= stall
        if send:
            parity, row, phase = arrivals.pop()
            ctx.set(buffer.i, {"row": row, "phase": phase})
            ctx.set(buffer.i_parity, parity)
        ctx.set(buffer.i_valid, send)
        ready = dice.random() >= stall
        ctx.set(buffer.o.ready, ready)
        assert not ctx.get(buffer.bad) and not ctx.get(buffer.late)
        _, _, valid, event = await ctx.tick().sample(buffer.o.valid, buffer.o.payload)
        if valid and ready:
            received.append((event.row, event.phase))

    async def bench(ctx):
        ctx.set(buffer.extension, 2)
        for n, expected in enumerate(ticks):
            received: list[tuple[int, int]] = []
            while waits[n]:
                await cycle(ctx, waits[n], received)
            await cycle(ctx, [], received)  # the cycle in which the TICK arrives
            assert not received
            ctx.set(buffer.draining, 1 << n % 2)
            while runs[n] or not ctx.get(buffer.empty):
                await cycle(ctx, runs[n], received)
            ctx.set(buffer.draining, 0)
            assert sorted(received) == sorted(expected)

    simulate(buffer, bench)


@pytest.mark.parametrize("delay", range(5))
def test_a_spike_for_the_tick_that_runs_is_named_and_dropped(simulate, delay):
    buffer = AxonBuffer(CORE)

    async def cycles(ctx, count: int, received: list) -> None:
        for _ in range(count):
            _, _, valid, event = await ctx.tick().sample(buffer.o.valid, buffer.o.payload)
            if valid:
                received.append((event.row, event.phase))

    async def bench(ctx):
        ctx.set(buffer.o.ready, 1)
        for parity in (0, 1, 0):
            received: list[tuple[int, int]] = []
            ctx.set(buffer.i_parity, parity)
            ctx.set(buffer.i, {"row": 100, "phase": 0})
            ctx.set(buffer.i_valid, 1)
            await cycles(ctx, 1, received)
            ctx.set(buffer.i_valid, 0)
            await cycles(ctx, 1, received)
            ctx.set(buffer.draining, 1 << parity)
            await cycles(ctx, delay, received)
            ctx.set(buffer.i, {"row": 5, "phase": 0})
            ctx.set(buffer.i_valid, 1)
            assert ctx.get(buffer.late) and not ctx.get(buffer.bad)
            await cycles(ctx, 1, received)
            ctx.set(buffer.i_valid, 0)
            await cycles(ctx, 10, received)
            ctx.set(buffer.draining, 0)
            assert ctx.get(buffer.empty) and received == [(100, 0)]

    simulate(buffer, bench)


def test_axons_that_do_not_exist_are_named_and_dropped(simulate):
    buffer = AxonBuffer(CORE)

    async def bench(ctx):
        ctx.set(buffer.extension, 1)
        ctx.set(buffer.i_valid, 1)
        for row, phase, bad in [(130, 0, 1), (0, 2, 1), (129, 1, 0), (2047, 63, 1), (0, 0, 0)]:
            ctx.set(buffer.i, {"row": row, "phase": phase})
            assert ctx.get(buffer.bad) == bad
            await ctx.tick()
        ctx.set(buffer.i_valid, 0)
        await ctx.tick()
        ctx.set(buffer.draining, 1)
        ctx.set(buffer.o.ready, 1)
        received = []
        for _ in range(40):
            _, _, valid, event = await ctx.tick().sample(buffer.o.valid, buffer.o.payload)
            if valid:
                received.append((event.row, event.phase))
        assert sorted(received) == [(0, 0), (129, 1)]

    simulate(buffer, bench)


def test_one_event_per_cycle_even_from_scattered_axons(simulate):
    """One axon per bitmap word is the worst case for the list of words."""
    core = CoreParams(axons=1152, neurons=64, lanes=8, update_lanes=4, max_extension=1)
    buffer = AxonBuffer(core)
    rows = list(range(5, 1152, 64))

    async def bench(ctx):
        ctx.set(buffer.i_valid, 1)
        for row in rows:
            ctx.set(buffer.i, {"row": row, "phase": 0})
            await ctx.tick()
        ctx.set(buffer.i_valid, 0)
        await ctx.tick()
        ctx.set(buffer.draining, 1)
        ctx.set(buffer.o.ready, 1)
        pattern = []
        for _ in range(len(rows) + 10):
            _, _, valid = await ctx.tick().sample(buffer.o.valid)
            pattern.append(valid)
        first = pattern.index(1)
        assert first <= 5, "start-up latency"
        assert pattern[first : first + len(rows)] == [1] * len(rows), "a bubble between words"
        assert sum(pattern) == len(rows)

    simulate(buffer, bench)
