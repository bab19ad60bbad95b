"""Ping-pong: one bank computes while the other one is programmed, and neither notices."""

import random
from dataclasses import replace

import pytest

from cosim.fabrics import FABRICS
from mapper.crossbar.layout import (
    BANK,
    CONTROL,
    ColumnField,
    Region,
    Register,
    column_address,
    config_address,
)
from mapper.crossbar.params import PRESETS
from mapper.packets import Space
from rtl.crossbar.core import CrossbarCore

from .core_driver import CoreDriver, banked_words, register, spike, tick, write, writes

ONE = PRESETS["tiny"]
TWO = replace(ONE, banks=2)
TICKS = 5


def bank(active: int, config: int) -> int:
    return write(register(Register.BANK), int(BANK.pack(active=active, config=config)))


def settings(extension: int) -> list[int]:
    values = {Register.COLUMNS: TWO.neurons >> extension, Register.EXTENSION: extension,
              Register.FIRST_TICK: 0, Register.TICKS: TICKS}  # fmt: skip
    return [write(register(r), v) for r, v in values.items()]


async def sample(driver, words, extension: int, seed: int, meanwhile=()) -> list[tuple]:
    """Run a sample; per tick: packets sent, potentials, CYCLES. `meanwhile`: WRITEs per tick."""
    dice = random.Random(seed)
    await driver.send(settings(extension))
    columns = [c for c in range(TWO.neurons >> extension)
               if CONTROL.unpack(words[Space.CONFIG, column_address(c, 0)])["last"]]  # fmt: skip
    found = []
    for n in range(TICKS):
        axons = [(r, p) for r in range(TWO.axons) for p in range(1 << extension)]
        active = [a for a in axons if dice.random() < 0.3]
        await driver.settle()
        await driver.send([*(spike(*a, n % 2) for a in active), tick(n % 2, first=n == 0)])
        if meanwhile:
            assert await driver.send(meanwhile[n]) == len(meanwhile[n]), "a WRITE had to wait"
        sent = await driver.settle()
        potentials = await driver.read(column_address(0, ColumnField.POTENTIAL), TWO.neurons, 8)
        (cycles,) = await driver.read(register(Register.CYCLES))
        found.append((sent, [potentials[c] for c in columns], cycles))
    return found


async def errors(driver) -> list[str]:
    found = FABRICS["crossbar"].error_names((await driver.read(register(Register.ERRORS)))[0])
    await driver.send([write(register(Register.ERRORS), 0)])
    return found


def fit(packets: list[int], plain: list[tuple]) -> tuple[list[list[int]], list[int]]:
    """Deal packets out to the ticks of a run, as many as there are cycles; and the rest."""
    parts, before = [], 0
    for _, _, cycles in plain:
        count = cycles - before - 2
        parts.append(packets[:count])
        packets, before = packets[count:], cycles
    return parts, packets


@pytest.mark.parametrize("active", [0, 1])
def test_programming_the_shadow_bank_disturbs_no_tick(simulate, active):
    seed = active
    dice = random.Random(seed)
    old, new = (banked_words(TWO, dice) for _ in range(2))
    core, shadow = CrossbarCore(TWO), 1 - active

    async def bench(ctx):
        driver = CoreDriver(ctx, core)
        clear = write(register(Register.CYCLES), 0)
        await driver.send([bank(shadow, shadow), *writes(new)])
        expected = await sample(driver, new, 2, seed)
        await driver.send([bank(active, active), *writes(old), clear])
        plain = await sample(driver, old, 1, seed)
        assert sum(len(sent) for sent, _, _ in plain) > 50
        await driver.send([bank(active, shadow), clear])
        parts, rest = fit(dice.sample(writes(new), len(new)), plain)
        assert len(rest) < len(new) // 2 and parts[2]
        assert await sample(driver, old, 1, seed, parts) == plain
        await driver.send([*rest, bank(shadow, active), clear])
        base = expected[0][2]
        found = await sample(driver, new, 2, seed)
        assert [f[:2] for f in found] == [e[:2] for e in expected]
        assert [f[2] - found[0][2] for f in found] == [e[2] - base for e in expected]
        await driver.send([bank(active, shadow), clear])
        assert await sample(driver, old, 1, seed) == plain
        assert await errors(driver) == []

    simulate(core, bench)


def test_every_word_of_both_banks_is_its_own(simulate):
    dice = random.Random(3)
    banks = [{w: dice.getrandbits(13) for w in banked_words(TWO, dice)} for _ in range(2)]
    core = CrossbarCore(TWO)

    async def bench(ctx):
        driver = CoreDriver(ctx, core)
        for i, words in enumerate(banks):
            await driver.send([bank(dice.randrange(2), i), *writes(words)])
        for i in (0, 1):
            await driver.send([bank(dice.randrange(2), i)])
            for space, first, count, stride in [
                (Space.SYNAPSE, 0, TWO.axons, 1),
                *((Space.CONFIG, column_address(0, f), TWO.neurons, 8)
                  for f in ColumnField if f != ColumnField.POTENTIAL),
                (Space.CONFIG, config_address(Region.ROUTE, 0), TWO.routes, 1),
            ]:  # fmt: skip
                expected = [banks[i][space, first + n * stride] for n in range(count)]
                assert await driver.read(first, count, stride, space) == expected
        assert await errors(driver) == []

    simulate(core, bench)


TARGETS = [
    (Space.SYNAPSE, 3, True),
    (Space.CONFIG, config_address(Region.ROUTE, 5), True),
    *((Space.CONFIG, column_address(7, f), f != ColumnField.POTENTIAL) for f in ColumnField),
    *((Space.CONFIG, register(r), False) for r in Register if r != Register.IDENTITY),
]


@pytest.mark.parametrize("params, shadow", [(ONE, 0), (TWO, 0), (TWO, 1)])
def test_a_write_that_could_disturb_a_tick_is_refused(simulate, params, shadow):
    """`shadow`: whether WRITEs address the bank that no tick uses."""
    dice = random.Random(4)
    core = CrossbarCore(params)

    async def bench(ctx):
        driver = CoreDriver(ctx, core)
        if shadow:
            await driver.send([bank(0, 1)])
        await driver.send([*writes(banked_words(params, dice)), *settings(0)])
        for space, address, banked in TARGETS:
            (before,) = await driver.read(address, space=space)
            spikes = [spike(row, 0, 0) for row in range(params.axons)]
            packets = [write(address, before ^ 1, space), write(address, before ^ 1, space)]
            await driver.send([*spikes, tick(0, first=True), packets[0]])
            assert await driver.send(packets[1:]) == 1
            await driver.settle()
            accepted = bool(shadow) and banked
            assert await errors(driver) == ([] if accepted else ["bad address"]), (space, address)
            if banked:
                (after,) = await driver.read(address, space=space)
                assert after == before ^ accepted, (space, address)
        assert (await driver.read(register(Register.BANK))) == [shadow << 1]
        await driver.send([write(register(Register.BANK), 4)])
        assert await errors(driver) == ["bad address"]

    simulate(core, bench)
