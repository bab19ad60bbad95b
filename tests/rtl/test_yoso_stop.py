"""Early exit: a PE that stops the sample, and one that is stopped, whatever it is doing."""

import random

import pytest

from mapper.yoso.layout import NeuronField, Register, neuron_address

from .pe_driver import PeDriver, Program, read, register, spike, state, token
from .test_yoso_pe import PE, check_packets, random_sample, run, shuffled


def program_of(dice: random.Random, **mode: int) -> Program:
    return Program(
        20, 2, 4, [dice.randrange(-3, 5) for _ in range(128)], [10] * 20,
        {"psp": 1, "listed": 0, "host": 1, "silent": 0, **mode}, targets=[{"x1": 2}], line=7,
    )  # fmt: skip


async def check_sample(ctx, driver: PeDriver, program: Program, dice: random.Random, sample: int):
    """The PE computes a sample as plain Python does, and has found nothing wrong so far."""
    spikes, first = random_sample(program, dice), len(driver.received)
    await driver.send(ctx, shuffled(program, spikes, dice, sample))
    await driver.settle(ctx)
    fired, final = program.run(spikes)
    check_packets(program, driver.received[first:], fired, sample)
    asked = read(neuron_address(0, NeuronField.STATE), program.neurons, 8)
    words = await driver.answers(ctx, [asked], program.neurons)
    assert [state(w) for w in words] == final


@pytest.mark.parametrize("seed", range(2))
def test_exit_after_the_first_tick_with_a_spike(simulate, seed):
    dice = random.Random(seed)
    program, driver = program_of(dice, exit=1), PeDriver(PE, seed, 0.3 * (seed % 2))

    async def bench(ctx):
        await driver.send(ctx, program.packets())
        for sample in (0, 1, 0):
            await driver.settle(ctx)
            spikes, first = random_sample(program, dice), len(driver.received)
            await driver.send(ctx, shuffled(program, spikes, dice, sample))
            await driver.settle(ctx)
            fired, _ = program.run(spikes)
            first_tick = next((t for t, neurons in enumerate(fired) if neurons), None)
            stops = first_tick is not None
            ended = fired[: first_tick + 1] if stops else fired
            got = driver.received[first:]
            check_packets(program, got, ended, sample, stops)
            assert not stops or [got[-1][n] for n in ("x0", "y0", "x1", "y1")] == [0, 0, 7, 7]
        assert await driver.answers(ctx, [read(register(Register.ERRORS))], 1) == [0]

    run(simulate, driver, bench)


def doing(ctx, driver: PeDriver) -> str:
    control = driver.pe.control
    if ctx.get(control.ended | control.running):
        return "ENDED" if ctx.get(control.ended) else "RUN"
    if ctx.get(control.walks):
        return "UPDATE" if ctx.get(control.updates) else "CLEAR"
    return "OPEN" if ctx.get(control.start) else "CLOSE"


def test_a_stop_at_any_time_ends_the_sample_and_nothing_else(simulate):
    """A STOP in every state, before and after a sample too; what follows is stray."""
    dice = random.Random(1)
    program, driver = program_of(dice), PeDriver(PE, 1, 0.3)
    states = ["ENDED", "CLEAR", "OPEN", "RUN", "UPDATE", "CLOSE", "ENDED"]

    async def bench(ctx):
        await driver.send(ctx, program.packets())
        await driver.settle(ctx)
        stray = 0
        for i, wanted in enumerate(states):
            packets = shuffled(program, random_sample(program, dice), dice, 0)
            tick = [spike(3, 0), spike(9, 0), token(0), token(0)] * (0 < i < len(states) - 1)
            await driver.send(ctx, tick[: {"CLEAR": 1, "RUN": 2}.get(wanted)])
            while doing(ctx, driver) != wanted:
                await ctx.tick()
            ctx.set(driver.pe.i.payload.as_value(), token(0, stop=1))
            ctx.set(driver.pe.i.valid, 1)
            await ctx.tick().until(driver.pe.i.ready)
            ctx.set(driver.pe.i.valid, 0)
            await driver.settle(ctx)
            await driver.send(ctx, packets)
            stray += len(packets)
            await check_sample(ctx, driver, program, dice, 1)
            asked = [read(register(r)) for r in (Register.ERRORS, Register.STRAY)]
            assert await driver.answers(ctx, asked, 2) == [0, stray]

    run(simulate, driver, bench)
