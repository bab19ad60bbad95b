"""Registers and other words of each kind of core: what they hold, refuse and answer."""

from dataclasses import replace

import pytest

from mapper.crossbar.layout import Region, config_address
from mapper.crossbar.layout import Register as CoreRegister
from mapper.crossbar.params import PRESETS as CORES
from mapper.packets import PACKET, Kind
from mapper.pim.layout import Region as MacroRegion
from mapper.pim.layout import Register as MacroRegister
from mapper.pim.params import PRESETS as MACROS
from mapper.yoso.layout import NeuronField, neuron_address
from mapper.yoso.layout import Region as PeRegion
from mapper.yoso.layout import Register as PeRegister
from mapper.yoso.params import PeParams
from rtl.crossbar.core import CrossbarCore
from rtl.pim.macro import PimMacro
from rtl.yoso.pe import YosoPe

from .core_driver import CoreDriver, burst, write

CORE, MACRO = replace(CORES["tiny"], banks=2), MACROS["tiny"]
PE = PeParams(neurons=32, weights=128, queue=32, ticks=8, rows=32, runs=64)
BAD_ADDRESS = 0b10  # of every kind of core
SHORT = 0xFFFF_FFFF  # 16 bits, of which nothing is too much: what is beyond them is lost

KINDS = {
    "crossbar": (CrossbarCore, CORE, CoreRegister, {
        "COLUMNS": CORE.neurons, "EXTENSION": 2, "FIRST_TICK": SHORT, "TICKS": SHORT, "BANK": 3,
    }),
    "one bank": (CrossbarCore, CORES["tiny"], CoreRegister, {"BANK": 0}),
    "macro": (PimMacro, MACRO, MacroRegister, {
        "CHANNELS": MACRO.channels, "POSITIONS": MACRO.positions,
        "ROWS": MACRO.rows * MACRO.banks, "STACK": {1: 0, 2: 1, 4: 2}[MACRO.banks],
        "TICKS": SHORT, "ADC": 0x7F,
    }),
    "pe": (YosoPe, PE, PeRegister, {
        "NEURONS": 32, "SOURCES": 127, "TICKS": 8, "MODE": 0x3F, "LINE": 0xFFFF,
        "TARGET0": 0x1FFF, "TARGET1": 0x1FFF, "TARGET2": 0x1FFF, "TARGET3": 0x1FFF, "STOP": 0x1FFF,
    }),
}  # fmt: skip
COUNTERS = ("CYCLES", "EVENTS", "SYNAPTIC_OPS", "SPIKES", "STRAY")


def address(register: CoreRegister | MacroRegister | PeRegister) -> int:
    regions = {CoreRegister: Region, MacroRegister: MacroRegion, PeRegister: PeRegion}
    return config_address(regions[type(register)].REGISTER, register)


@pytest.mark.parametrize("kind", KINDS)
def test_settings_hold_their_largest_value_and_refuse_the_next(simulate, kind):
    build, params, registers, largest = KINDS[kind]
    core = build(params)
    errors = address(registers.ERRORS)

    async def bench(ctx):
        driver = CoreDriver(ctx, core)
        for name, most in largest.items():
            place, kept = address(registers[name]), 0xFFFF if most == SHORT else most
            for value, error in (
                (0, 0),
                (most, 0),
                (most + 1, BAD_ADDRESS),
                (1 << 31, BAD_ADDRESS),
            ):
                if value > SHORT or (most == SHORT and error):
                    continue
                await driver.send([write(errors, 0), write(place, value)])
                assert await driver.read(errors) == [error], (name, value)
                assert await driver.read(place) == [0 if value == 0 else kept], (name, value)

    simulate(core, bench)


@pytest.mark.parametrize("kind", ["crossbar", "macro", "pe"])
def test_writes_give_no_value_to_counters_nor_another_identity(simulate, kind):
    build, params, registers, _ = KINDS[kind]
    core = build(params)
    error = write(address(registers.IDENTITY), 7)

    async def bench(ctx):
        driver = CoreDriver(ctx, core)
        identity = await driver.read(address(registers.IDENTITY))
        await driver.send([error])
        assert await driver.read(address(registers.ERRORS)) == [BAD_ADDRESS]
        assert await driver.read(address(registers.IDENTITY)) == identity
        await driver.send([write(address(registers[name]), 9) for name in COUNTERS])
        assert await driver.read(address(registers.ERRORS)) == [BAD_ADDRESS]
        for name in COUNTERS:
            if (kind, name) != ("pe", "CYCLES"):  # a PE counts the cycles of accesses too
                assert await driver.read(address(registers[name])) == [0], name
        await driver.send([write(address(registers.ERRORS), BAD_ADDRESS)])
        assert await driver.read(address(registers.ERRORS)) == [0]

    simulate(core, bench)


def test_a_pe_answers_with_the_neurons_words(simulate):
    """Signed where they are signed; what a neuron has computed is read only."""
    pe = YosoPe(PE)
    lowest = -(1 << (PE.potential_bits - 1))
    words = {
        NeuronField.THRESHOLD: [lowest, -1, 5, -1 - lowest],
        NeuronField.SPIKE: [0xFFFF, 1, 0x8000, 0],
    }

    async def bench(ctx):
        driver = CoreDriver(ctx, pe)
        for field, values in words.items():
            await driver.send(
                write(neuron_address(n, field), v & 0xFFFF_FFFF) for n, v in enumerate(values)
            )
        for field, values in words.items():
            found = await driver.read(neuron_address(0, field), len(values), 8)
            assert found == [v & 0xFFFF_FFFF for v in values]
        errors = address(PeRegister.ERRORS)
        for field in (NeuronField.STATE, NeuronField.ACCUMULATOR, 4):
            await driver.send([write(errors, 0), write(neuron_address(0, field), 1)])
            assert await driver.read(errors) == [BAD_ADDRESS]

    simulate(pe, bench)


@pytest.mark.parametrize("kind", ["crossbar", "macro", "pe"])
def test_replies_say_which_core_they_are_from(simulate, kind):
    build, params, registers, _ = KINDS[kind]
    core = build(params)

    async def bench(ctx):
        driver = CoreDriver(ctx, core)
        for x, y in ((5, 2), (2, 5), (7, 7)):
            ctx.set(core.x, x)
            ctx.set(core.y, y)
            await driver.settle()
            await driver.send([burst(Kind.READ, address(registers.IDENTITY))])
            (word,) = await driver.settle()
            reply = PACKET.unpack(word)
            assert [int(reply[n]) for n in ("x0", "x1", "y0", "y1")] == [x, x, y, y]

    simulate(core, bench)
