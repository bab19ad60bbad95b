"""The synapse array against a table of bits, for rows of one and of several memory words."""

import random

import pytest

from mapper.crossbar.params import CoreParams
from mapper.packets import Space
from rtl.config.bus import READ_LATENCY
from rtl.crossbar.synapse_array import SynapseArray


def core(**sizes: int) -> CoreParams:
    return CoreParams(axons=8, update_lanes=4, max_extension=4, **sizes)


SHAPES = {
    "a word a row": core(neurons=32, lanes=8),
    "words of several groups": core(neurons=128, lanes=8),
    "groups of several words to program": core(neurons=256, lanes=128),
    "two banks": core(neurons=128, lanes=64, banks=2),
}


@pytest.mark.parametrize("extension", [0, 2])
@pytest.mark.parametrize("shape", SHAPES)
def test_events_become_the_columns_of_their_phase(simulate, shape, extension):
    sizes, dice = SHAPES[shape], random.Random(f"{shape}{extension}")
    array, block = SynapseArray(sizes), sizes.neurons >> extension
    table = {(bank, row): dice.getrandbits(sizes.neurons)
             for bank in range(sizes.banks) for row in range(sizes.axons)}  # fmt: skip
    chunks = sizes.neurons // sizes.synapse_chunk

    def chunk(bank: int, row: int, i: int) -> int:
        return table[bank, row] >> i * sizes.synapse_chunk & (1 << sizes.synapse_chunk) - 1

    async def program(ctx):
        ctx.set(array.bus.space, Space.SYNAPSE)
        for (bank, row), i in ((key, i) for key in table for i in range(chunks)):
            ctx.set(array.bus.bank, bank)
            ctx.set(array.bus.address, row * chunks + i)
            ctx.set(array.bus.w_data, chunk(bank, row, i))
            ctx.set(array.bus.w_en, 1)
            await ctx.tick()
        ctx.set(array.bus.w_en, 0)
        for (bank, row), i in ((key, i) for key in table for i in range(chunks)):
            ctx.set(array.bus.bank, bank)
            ctx.set(array.bus.address, row * chunks + i)
            await ctx.tick().repeat(READ_LATENCY)
            assert ctx.get(array.bus.r_data) == chunk(bank, row, i)

    async def events(ctx, columns: int, bank: int) -> list[tuple[int, int]]:
        """What should have come out by now, group by group."""
        expected, cycles = [], -(-columns // sizes.lanes)
        for _ in range(12):
            row, phase = dice.randrange(sizes.axons), dice.randrange(1 << extension)
            ctx.set(array.i.p, {"row": row, "phase": phase})
            ctx.set(array.i.valid, 1)
            used = table[bank, row] >> phase * block & (1 << columns) - 1
            for group in range(cycles):
                assert ctx.get(array.i.ready) == ctx.get(array.event) == (group == cycles - 1)
                expected.append((group, used >> group * sizes.lanes & (1 << sizes.lanes) - 1))
                await ctx.tick()
            ctx.set(array.i.valid, 0)
            for _ in range(dice.randrange(3)):
                await ctx.tick()
        await ctx.tick().repeat(3)
        assert not ctx.get(array.busy)
        return expected

    async def bench(ctx):
        await program(ctx)
        for columns in {1, block, dice.randint(1, block), max(block // 2, 1)}:
            bank = dice.randrange(sizes.banks)
            found.clear()
            ctx.set(array.columns, columns)
            ctx.set(array.extension, extension)
            ctx.set(array.bank, bank)
            assert await events(ctx, columns, bank) == found

    found = list[tuple[int, int]]()

    async def listen(ctx):
        before = 0
        async for _, _, valid, group, bits, ops in ctx.tick().sample(
            array.o_valid, array.o_group, array.o_bits, array.ops
        ):
            assert ops == before.bit_count()
            before = bits
            if valid:
                found.append((group, bits))

    simulate(array, bench, background=[listen])
