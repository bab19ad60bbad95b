"""Helpers for unit tests in Amaranth's simulator."""

import gc
import random
from collections.abc import Awaitable, Callable, Sequence

import pytest
from amaranth.lib import wiring
from amaranth.sim import Simulator

TIMEOUT = 20_000


@pytest.fixture
def simulate():
    """Run testbenches `async def bench(ctx)` on a component; a hang fails after TIMEOUT cycles."""

    def run(
        component: wiring.Component,
        *benches: Callable[..., Awaitable[None]],
        background: Sequence[Callable[..., Awaitable[None]]] = (),
    ) -> None:
        simulator = Simulator(component)
        simulator.add_clock(1e-6)
        for bench in benches:
            simulator.add_testbench(bench)
        for bench in background:
            simulator.add_testbench(bench, background=True)

        async def watchdog(ctx):
            for _ in range(TIMEOUT):
                await ctx.tick()
            raise AssertionError(f"still running after {TIMEOUT} cycles")

        simulator.add_testbench(watchdog, background=True)
        try:
            simulator.run()
        finally:
            # Collect the suspended benches now: CPython 3.11 miscounts its recursion depth when
            # that happens in the middle of compiling, which pytest does for every module.
            del simulator
            gc.collect()

    return run


def source(stream, payloads: list, stall: float, seed: int):
    """A bench that offers payloads, with random pauses."""
    dice = random.Random(seed)

    async def bench(ctx):
        for payload in payloads:
            while dice.random() < stall:
                await ctx.tick()
            ctx.set(stream.payload, payload)
            ctx.set(stream.valid, 1)
            await ctx.tick().until(stream.ready)
            ctx.set(stream.valid, 0)

    return bench


def sink(stream, received: list, count: int, stall: float, seed: int, convert=int):
    """A bench that takes `count` payloads, with random pauses, and checks that valid holds."""
    dice = random.Random(seed)

    async def bench(ctx):
        waiting = None
        while len(received) < count:
            ready = dice.random() >= stall
            ctx.set(stream.ready, ready)
            _, _, valid, payload = await ctx.tick().sample(stream.valid, stream.payload)
            if waiting is not None:
                assert valid and convert(payload) == waiting, "valid or payload did not hold"
            waiting = convert(payload) if valid and not ready else None
            if valid and ready:
                received.append(convert(payload))
        ctx.set(stream.ready, 1)
        for _ in range(10):
            _, _, valid = await ctx.tick().sample(stream.valid)
            assert not valid, "more came out than went in"

    return bench
