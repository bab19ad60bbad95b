"""What a PE must survive: each fault sets its bit and no other, and nothing hangs it."""

import random
from dataclasses import replace

import pytest

from mapper.packets import PACKET, Kind, Space
from mapper.yoso.layout import ERRORS, ROW, RUN, Region, Register, neuron_address, region_address
from mapper.yoso.params import PeParams
from rtl.yoso.weight_lookup import WeightLookup

from .pe_driver import PeDriver, Program, read, register, spike, token, write
from .test_yoso_pe import PE as WIDE
from .test_yoso_pe import random_program, run
from .test_yoso_stop import check_sample

PE = PeParams(
    neurons=32, weights=128, weight_bits=4, accumulator_bits=8, potential_bits=8, queue=32,
    ticks=8, rows=32, runs=64,
)  # fmt: skip
SATURATION, BAD_ADDRESS, UNKNOWN, OVERFLOW, OUT_OF_TURN = (1 << i for i in range(len(ERRORS)))


async def clean_up(ctx, driver: PeDriver) -> None:
    """End whatever runs; the next sample is number 0."""
    for sample in (0, 1):
        await driver.settle(ctx)
        await driver.send(ctx, [token(0, sample, stop=1)])
    await driver.settle(ctx)


ROWS = [[(126, 0, 4)], [(0, 6, 4)], [], [(0, 0, 2), (5, 3, 4)]]
BEYOND = write(region_address(Region.ROW, 2), int(ROW.pack(start=62, count=4)))
DENSE: dict[str, tuple[list[int | None], int]] = {
    "nothing": ([spike(0, 0), token(0), spike(1, 1), token(1)], 0),
    "spike after the tokens": ([spike(0, 0), token(0), spike(1, 0), token(1)], OUT_OF_TURN),
    "spike of a past tick": ([token(0), None, spike(1, 0), token(1)], OUT_OF_TURN),
    "token of a past tick": ([token(0), None, token(0), token(1)], OUT_OF_TURN),
    "token too many": ([token(1), token(1), token(0)], OUT_OF_TURN),
    "spike of no tick": ([token(0), spike(1, 2), token(1)], OUT_OF_TURN),
    "token of no tick": ([token(0), token(63), token(1)], OUT_OF_TURN),
    "spike of another sample": ([token(0), spike(1, 1, 1), token(1)], OUT_OF_TURN),
    "stop of another sample": ([token(0), token(1, 1, stop=1), token(1)], OUT_OF_TURN),
    "full queue": ([*[spike(1, 1)] * 15, *[spike(1, 0)] * 17], 0),
    "overflow": ([*[spike(1, 1)] * 15, *[spike(1, 0)] * 18], OVERFLOW),
    "largest sum": ([*[spike(0, 1)] * 18, token(0), token(1)], 0),
    "accumulator": ([*[spike(0, 1)] * 19, token(0), token(1)], SATURATION),
    "potential": ([*[spike(0, 0)] * 10, token(0), token(1)], SATURATION),
    "last weights": ([spike(120, 0), token(0), token(1)], 0),
    "beyond the weights": ([spike(121, 0), token(0), token(1)], BAD_ADDRESS),
    "no such word": ([read(neuron_address(32, 0))], BAD_ADDRESS),
    "read only": ([write(neuron_address(0, 0), 1)], BAD_ADDRESS),
    "setting too large": ([write(register(Register.NEURONS), 33)], BAD_ADDRESS),
    "an answer": ([int(PACKET.pack(kind=Kind.REPLY))], UNKNOWN),
}  # fmt: skip
LISTED: dict[str, tuple[list[int | None], int]] = {
    "nothing": ([spike(3, 0), token(0), token(1)], 0),
    "run beyond the weights": ([spike(0, 0), token(0), token(1)], BAD_ADDRESS),
    "run beyond the neurons": ([spike(1, 0), token(0), token(1)], BAD_ADDRESS),
    "row beyond the runs": ([BEYOND, spike(2, 0), token(0), token(1)], BAD_ADDRESS),
    "no such row": ([spike(32, 0), token(0), token(1)], BAD_ADDRESS),
}
UNLISTED: dict[str, tuple[list[int | None], int]] = {
    "nothing": ([token(0), token(1)], 0),
    "a row without lists": ([spike(0, 0), token(0), token(1)], BAD_ADDRESS),
    "a row beyond the weights": ([spike(128, 0), token(0), token(1)], BAD_ADDRESS),
}  # fmt: skip
NO_LISTS = replace(PE, rows=0, runs=0)


@pytest.mark.parametrize(
    ("pe", "cases", "listed"), [(PE, DENSE, 0), (PE, LISTED, 1), (NO_LISTS, UNLISTED, 1)]
)
def test_each_fault_sets_its_bit_alone(simulate, pe, cases, listed):
    driver = PeDriver(pe)
    mode = {"psp": 1, "listed": listed}
    program = Program(8, 1, 2, [7] * 128, [127] * 8, mode, ROWS if pe.lists else [])

    async def bench(ctx):
        await driver.send(ctx, program.packets())
        for name, (packets, expected) in cases.items():
            await driver.settle(ctx)
            for packet in packets:
                await (driver.settle(ctx) if packet is None else driver.send(ctx, [packet]))
            assert await driver.answers(ctx, [read(register(Register.ERRORS))], 1) == [expected], (
                name
            )
            await clean_up(ctx, driver)
            await driver.send(ctx, [write(register(Register.ERRORS), 0)])

    run(simulate, driver, bench)


def anything(dice: random.Random) -> int:
    """A packet of any kind; sometimes it makes sense. Bursts stay short, for the test's sake."""
    kind = dice.choice((Kind.SPIKE, Kind.SPIKE, Kind.TICK, *Kind))
    data, address = dice.getrandbits(32), dice.getrandbits(16)
    if kind in (Kind.READ, Kind.SCAN):
        data &= 0xFFFF_0007
    if dice.random() < 0.5:
        data &= dice.choice((7, 31, 127))
    if kind in (Kind.SPIKE, Kind.TICK) and dice.random() < 0.8:
        address = dice.randrange(4) | dice.randrange(2) << 6
    if kind == Kind.WRITE and dice.random() < 0.5:
        address = register(dice.choice(list(Register)))
    return int(PACKET.pack(kind=kind, data=data, address=address, space=dice.randrange(2)))


@pytest.mark.parametrize("seed", range(4))
def test_anything_at_all_between_and_within_samples(simulate, seed):
    """It never hangs, and programmed again it computes as if nothing had been."""
    dice = random.Random(seed)
    driver = PeDriver(WIDE, seed, 0.3 * (seed % 2))
    program = random_program(dice)

    async def bench(ctx):
        for _ in range(2):
            await driver.send(ctx, program.packets())
            await driver.send(ctx, [anything(dice) for _ in range(150)])
            await clean_up(ctx, driver)
            await driver.send(ctx, [*program.packets(), write(register(Register.ERRORS), 0)])
            for sample in (0, 1):
                await driver.settle(ctx)
                await check_sample(ctx, driver, program, dice, sample)
            assert await driver.answers(ctx, [read(register(Register.ERRORS))], 1) == [0]

    run(simulate, driver, bench)


@pytest.mark.parametrize(
    ("row", "expected", "bad"),
    [
        # Four runs: two of one weight each, then the end of the table.
        (ROW.pack(start=6, count=4), [(0, 0), (0, 0)], 2),
        # Two runs: neurons from 1020 on, weights from 65534 on.
        (ROW.pack(count=2), [*((1020 + i, i) for i in range(4)), (0, 65534), (1, 65535)], 6 + 8),
    ],
)
def test_nothing_beyond_the_largest_memories_begins_again_at_0(simulate, row, expected, bad):
    lookup, found = WeightLookup(PeParams(neurons=1024, weights=1 << 16, rows=8, runs=8)), []
    words = {
        region_address(Region.ROW, 0): row,
        region_address(Region.RUN, 0): RUN.pack(weight=0, neuron=1020, more=9),
        region_address(Region.RUN, 1): RUN.pack(weight=65534, neuron=0, more=9),
    }

    async def bench(ctx):
        ctx.set(lookup.bus.space, Space.CONFIG)
        for address, word in words.items():
            ctx.set(lookup.bus.address, address)
            ctx.set(lookup.bus.w_data, int(word))
            ctx.set(lookup.bus.w_en, 1)
            await ctx.tick()
        ctx.set(lookup.bus.w_en, 0)
        for member in (lookup.listed, lookup.o.ready, lookup.i.valid):
            ctx.set(member, 1)
        ctx.set(lookup.neurons, 1024)
        reported = 0
        for _ in range(40):
            *_, place, valid, beyond = await ctx.tick().sample(
                lookup.o.payload, lookup.o.valid, lookup.bad
            )
            ctx.set(lookup.i.valid, 0)
            reported += beyond
            if valid:
                found.append((place.neuron, place.weight))
        assert found == expected
        assert reported == bad

    simulate(lookup, bench)
