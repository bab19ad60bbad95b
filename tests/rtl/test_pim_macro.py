"""The PIM macro against its golden model, and the golden model against integers."""

from dataclasses import replace

import numpy as np
import pytest
from amaranth.sim import Simulator

from cosim.golden.pim_model import MacroModel
from mapper.crossbar.layout import ROUTE
from mapper.packets import PACKET, Kind
from mapper.pim.array import ArrayModel
from mapper.pim.layout import COUNTERS, ERRORS, Region, Register, region_address
from mapper.pim.params import PRESETS
from rtl.pim.macro import PimMacro

from .core_driver import CoreDriver, tick
from .macros import macro_writes, random_macro_image, value_writes

TINY = PRESETS["tiny"]
SHAPES = {
    "tiny": TINY,
    "one bank": replace(TINY, banks=1, lanes=4, rows_active=8, weight_bits=6, columns=30),
    "four banks": replace(TINY, banks=4, rows=8, lanes=1, activation_bits=8, potential_bits=24),
    "coarse": replace(TINY, adc_bits=1, columns=25),
}


def lossless(image, macro):
    return image.adc == 0 and macro.largest_code >= macro.rows_active


@pytest.mark.parametrize("name", SHAPES)
def test_golden_is_the_integer_product(name):
    macro = replace(SHAPES[name], adc_bits=8)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        image = replace(random_macro_image(rng, macro, seed % macro.banks.bit_length()), adc=0)
        values = rng.integers(0, 1 << macro.activation_bits, (3, macro.activations))
        sums = ArrayModel(image, macro).sums(values)
        expected = np.einsum("spr,cr->spc", values[:, image.places()], image.weight)
        np.testing.assert_array_equal(sums, expected.reshape(3, -1), err_msg=f"seed {seed}")


def sent_by(image, fired, parity):
    """(kind, data, address) of what neurons send, in order."""
    found = []
    for neuron in np.flatnonzero(fired):
        start, count = image.pointer[neuron] & 0xFFFF, image.pointer[neuron] >> 16
        for word in image.route[start : start + count]:
            f = ROUTE.unpack(word)
            kind = Kind.OUTPUT if f["host"] else Kind.SPIKE
            axon = int(f["row"]) | int(f["phase"]) << 11
            found.append((int(kind), axon, 0 if f["host"] else parity))
    return found


async def compare_sample(driver, image, macro, values, parity):
    """One sample, tick by tick, spikes, potentials, packets; returns the next tick's parity."""
    model = MacroModel(image, macro)
    model.start(values[None])
    await driver.send(value_writes(values))
    await driver.settle()
    saturated = False
    for t in range(image.ticks):
        await driver.send([tick(parity, first=t == 0)])
        packets = PACKET.unpack(await driver.settle())
        fired, clips = model.step()
        saturated |= clips
        parity ^= 1
        sent = [*zip(*(packets[n].tolist() for n in ("kind", "data", "address")), strict=True)]
        assert sent == sent_by(image, fired[0], parity)
        words = await driver.read(region_address(Region.FIRED, 0), -(-image.neurons // 32))
        bits = np.unpackbits(np.array(words, "<u4").view(np.uint8), bitorder="little")
        np.testing.assert_array_equal(bits[: image.neurons], fired[0])
        potentials = await driver.read(region_address(Region.POTENTIAL, 0), image.neurons)
        signed = np.array(potentials, np.uint32).view(np.int32)
        np.testing.assert_array_equal(signed, model.neurons.v[0])
    return parity, model, saturated


async def read_register(driver, register, count=1):
    return await driver.read(region_address(Region.REGISTER, register), count)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("seed", range(3))
def test_macro_equals_golden(name, seed):
    macro = SHAPES[name]
    rng = np.random.default_rng([seed, *name.encode()])
    stack = int(rng.integers(macro.banks.bit_length()))
    image = random_macro_image(rng, macro, stack)
    image.check(macro)
    core = PimMacro(macro)

    async def bench(ctx):
        driver = CoreDriver(ctx, core, stall=(0, 0.5, 0.95)[seed], seed=seed)
        parity, expected, saturated = 0, dict[str, int](), False
        await driver.send(macro_writes(image, macro))
        for _ in range(2):
            values = rng.integers(0, 1 << macro.activation_bits, macro.activations)
            values[rng.random(len(values)) < 0.6] = 0
            parity, model, clips = await compare_sample(driver, image, macro, values, parity)
            saturated |= clips
            for counter, count in model.array.counters.items():
                expected[counter] = expected.get(counter, 0) + int(count[0])
        words = await read_register(driver, Register.CYCLES, len(COUNTERS))
        found = {r.name.lower(): w for r, w in zip(COUNTERS, words, strict=True)}
        assert {n: found[n] for n in expected} == expected
        assert await read_register(driver, Register.ERRORS) == [
            int(saturated) << ERRORS.index("saturation")
        ]

    simulator = Simulator(core)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()


def test_a_group_of_rows_takes_r_plus_3_cycles(simulate):
    """And no group is gathered that has no row, up to the last row that there is."""
    macro = replace(TINY, banks=1)
    per_group, core, found = macro.rows_active, PimMacro(macro), dict[int, int]()
    image = replace(random_macro_image(np.random.default_rng(1), macro, 0), ticks=1)
    sizes = [1, per_group - 1, per_group, per_group + 1, 3 * per_group, macro.rows]

    async def bench(ctx):
        driver = CoreDriver(ctx, core)
        silent = np.zeros(macro.activations, np.int64)  # nothing is converted
        for i, rows in enumerate(sizes):
            cut = replace(image, weight=np.ones((1, rows), np.int64), row=np.zeros(rows, np.int64),
                          position=np.zeros(2, np.int64))  # fmt: skip
            await driver.send([*macro_writes(cut, macro), *value_writes(silent)])
            await driver.settle()
            (before,) = await read_register(driver, Register.CYCLES)
            await driver.send([tick(i % 2, first=True)])
            await driver.settle()
            found[rows] = (await read_register(driver, Register.CYCLES))[0] - before

    simulate(core, bench)
    groups = {rows: -(-rows // per_group) for rows in sizes}
    assert {rows: found[rows] - found[1] for rows in sizes} == {
        rows: 2 * (per_group + 3) * (groups[rows] - 1) for rows in sizes
    }
