"""The axon buffer: every axon of a tick comes out once, and only in its tick."""

import random

import pytest

from mapper.crossbar.params import CoreParams
from rtl.crossbar.axon_buffer import AxonBuffer

CORE = CoreParams(axons=130, neurons=64, lanes=8, update_lanes=4, max_extension=4)


@pytest.mark.parametrize("stall", [0.0, 0.6])
@pytest.mark.parametrize("density", [0.01, 0.3, 1.0])
def test_ticks(simulate, stall, density):
    dice = random.Random(int(density * 100))
    buffer = AxonBuffer(CORE)
    axons = [(row, phase) for phase in range(4) for row in range(CORE.axons)]
    ticks = [[a for a in axons if dice.random() < density] for _ in range(4)]
    arrivals = [dice.sample(t, len(t)) + t[:3] for t in ticks]  # some axons arrive twice

    async def bench(ctx):
        ctx.set(buffer.extension, 2)
        expected: list[tuple[int, int]] = []
        for arriving in [*arrivals, []]:
            received = []
            todo = list(arriving)
            while todo or not ctx.get(buffer.empty):
                send = bool(todo) and dice.random() >= stall
                if send:
                    row, phase = todo.pop()
                    ctx.set(buffer.i, {"row": row, "phase": phase})
                ctx.set(buffer.i_valid, send)
                ready = dice.random() >= stall
                ctx.set(buffer.o.ready, ready)
                assert not ctx.get(buffer.bad)
                _, _, valid, event = await ctx.tick().sample(buffer.o.valid, buffer.o.payload)
                if valid and ready:
                    received.append((event.row, event.phase))
            ctx.set(buffer.i_valid, 0)
            ctx.set(buffer.swap, 1)
            await ctx.tick()
            ctx.set(buffer.swap, 0)
            assert sorted(received) == sorted(expected)
            expected = list(dict.fromkeys(arriving))

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
        ctx.set(buffer.swap, 1)
        await ctx.tick()
        ctx.set(buffer.swap, 0)
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
        ctx.set(buffer.swap, 1)
        await ctx.tick()
        ctx.set(buffer.swap, 0)
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
