"""A crossbar core survives any packets: it never hangs, and programmed again it computes right."""

import random

import pytest

from cosim.fabrics import FABRICS
from mapper.crossbar.layout import ERRORS, Register
from mapper.crossbar.params import CoreParams
from mapper.packets import PACKET, Kind
from rtl.crossbar.core import CrossbarCore

from .core_driver import CoreDriver, banked_words, register, spike, tick, write, writes

CORE = CoreParams(
    axons=16, neurons=16, lanes=8, update_lanes=4, max_extension=2, potential_bits=12, routes=32
)
ROUNDS = 2


def anything(dice: random.Random) -> int:
    """Any 64 bits; often a packet that makes some sense, for bursts of bounded length."""
    if dice.random() < 0.3:
        word = dice.getrandbits(64)
    else:
        data, address = dice.getrandbits(dice.choice((1, 6, 32))), dice.getrandbits(16)
        if dice.random() < 0.4:
            address = register(dice.choice(list(Register)))
        word = int(PACKET.pack(kind=dice.choice(list(Kind)), data=data, address=address,
                               space=dice.randrange(2)))  # fmt: skip
    if PACKET.unpack(word)["kind"] in (Kind.READ, Kind.SCAN):  # of at most 8 words
        word &= ~(0xFFF8 << PACKET.offset("data"))
    return word


def registers(columns: int) -> list[int]:
    settings = {Register.COLUMNS: columns, Register.EXTENSION: 0, Register.FIRST_TICK: 0,
                Register.TICKS: 9, Register.ERRORS: 0}  # fmt: skip
    return [write(register(r), value) for r, value in settings.items()]


async def sample(driver: CoreDriver, dice: random.Random) -> list[int]:
    """Three ticks after a first one that clears everything; what the core sends."""
    await driver.settle()
    for n in range(4):
        rows = [r for r in range(CORE.axons) if dice.random() < 0.4] if n else []
        await driver.send([spike(r, 0, n % 2) for r in rows])
        await driver.send([tick(n % 2, first=n == 0)])
        if n < 3:
            await driver.cycle()
            while not driver.ctx.get(driver.core.idle):
                await driver.cycle()
    return await driver.settle()


async def fresh(driver: CoreDriver, words: dict, seed: int) -> list[int]:
    """Program everything, then two samples: the first takes along what was left behind."""
    await driver.settle()
    await driver.send([*writes(words), *registers(CORE.neurons)])
    for parity in (0, 1):
        await driver.settle()
        await driver.send([tick(parity, first=True)])
    await driver.settle()
    await driver.send([write(register(Register.ERRORS), 0)])
    sent = await sample(driver, random.Random(seed))
    (errors,) = await driver.read(register(Register.ERRORS))
    return [*sent, errors]


@pytest.mark.parametrize("seed", range(2))
def test_anything_at_all_between_and_within_ticks(simulate, seed):
    dice = random.Random(seed)
    core, words = CrossbarCore(CORE), banked_words(CORE, dice)
    raised = set()

    async def bench(ctx):
        driver = CoreDriver(ctx, core)
        expected = await fresh(driver, words, seed)
        assert len(expected) > 1
        for _ in range(ROUNDS):
            await driver.send([anything(dice) for _ in range(120)])
            (errors,) = await driver.read(register(Register.ERRORS))
            raised.update(FABRICS["crossbar"].error_names(errors))
            assert await fresh(driver, words, seed) == expected

    simulate(core, bench)
    assert raised <= {*ERRORS} and {"bad address", "unknown packet"} <= raised
