"""SCAN: the checksum of a burst is what Python's zlib makes of the words."""

import random
import zlib
from dataclasses import replace

import pytest

from mapper.crossbar.layout import (
    BANK,
    CONTROL,
    ROUTE,
    ColumnField,
    Region,
    Register,
    column_address,
    config_address,
)
from mapper.crossbar.params import PRESETS
from mapper.packets import PACKET, Kind, Space
from rtl.crossbar.core import CrossbarCore

from .conftest import sink, source
from .core_driver import CoreDriver, banked_words, burst, register, write, writes

CORE = replace(PRESETS["tiny"], banks=2)
FIELDS = [f for f in ColumnField if f != ColumnField.POTENTIAL]
BURSTS = {  # every memory: (space, first address, words, stride, bits of a word)
    "synapse": (Space.SYNAPSE, 0, CORE.axons, 1, CORE.synapse_chunk),
    "route": (Space.CONFIG, config_address(Region.ROUTE, 0), CORE.routes, 1, ROUTE.width),
    **{f.name.lower(): (Space.CONFIG, column_address(0, f), CORE.neurons, 8,
                        {ColumnField.CONTROL: CONTROL.width, ColumnField.ROUTES: 32}
                        .get(f, CORE.potential_bits)) for f in FIELDS},
}  # fmt: skip


def checksum(words: list[int]) -> int:
    return zlib.crc32(b"".join(word.to_bytes(4, "little") for word in words))


@pytest.mark.parametrize("stall", [0.0, 0.7])
def test_scans_and_reads_of_any_length_and_stride(simulate, stall):
    dice = random.Random(1)
    words = banked_words(CORE, dice)
    core = CrossbarCore(CORE)
    packets, expected = writes(words), []
    for _ in range(120):
        space, first, count, stride, _ = BURSTS[dice.choice([*BURSTS])]
        step = dice.randrange(1, 4)
        skip = dice.randrange(count)
        length = dice.randrange(1, (count - skip - 1) // step + 2)
        length = dice.choice((1, 2, length))
        addresses = [first + stride * (skip + step * i) for i in range(length)]
        length = len(addresses) if skip + step * (length - 1) < count else 1
        values = [words[space, a] for a in addresses[:length]]
        kind = dice.choice((Kind.SCAN, Kind.SCAN, Kind.READ))
        packets.append(burst(kind, addresses[0], length, stride * step, space))
        if kind == Kind.SCAN:
            expected.append((checksum(values), addresses[length - 1], space))
        else:
            expected += [(v, a, space) for v, a in zip(values, addresses, strict=False)]
    received: list[int] = []
    payloads = [{n: int(v) for n, v in PACKET.unpack(p).items()} for p in packets]
    simulate(
        core,
        source(core.i, payloads, stall / 4, seed=2),
        sink(core.o, received, len(expected), stall, seed=3, convert=lambda p: p.as_bits()),
    )
    fields = [PACKET.unpack(p) for p in received]
    assert {int(f["kind"]) for f in fields} == {Kind.REPLY}
    assert [(int(f["data"]), int(f["address"]), int(f["space"])) for f in fields] == expected


def test_one_word_per_cycle_and_any_flipped_bit_shows(simulate):
    dice = random.Random(4)
    core = CrossbarCore(CORE)
    banks = [banked_words(CORE, dice) for _ in range(2)]

    async def scan(driver, name: str) -> int:
        space, first, count, stride, _ = BURSTS[name]
        await driver.send([burst(Kind.SCAN, first, count, stride, space)])
        cycles = 0
        while not driver.received:
            await driver.cycle()
            cycles += 1
        assert cycles <= count + 6
        (answer,) = await driver.settle()
        return int(PACKET.unpack(answer)["data"])

    async def bench(ctx):
        driver = CoreDriver(ctx, core)
        for i, words in enumerate(banks):
            await driver.send([write(register(Register.BANK), int(BANK.pack(config=i)))])
            await driver.send(writes(words))
        for i, words in enumerate(banks):
            await driver.send([write(register(Register.BANK), int(BANK.pack(config=i)))])
            await driver.settle()
            for name, (space, first, count, stride, width) in BURSTS.items():
                good = [words[space, first + stride * n] for n in range(count)]
                assert await scan(driver, name) == checksum(good), (i, name)
                for _ in range(6):
                    where, bit = dice.randrange(count), dice.randrange(width)
                    address = first + stride * where
                    await driver.send([write(address, good[where] ^ 1 << bit, space)])
                    assert await scan(driver, name) != checksum(good), (i, name, where, bit)
                    await driver.send([write(address, good[where], space)])
                assert await scan(driver, name) == checksum(good), (i, name)
        assert await driver.read(register(Register.ERRORS)) == [0]

    simulate(core, bench)
