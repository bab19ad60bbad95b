"""A core by itself, where the chip's tick gate does not protect it."""

import pytest
from amaranth.hdl import ResetInserter, Signal

from cosim.host import error_names
from mapper.crossbar.layout import CONTROL, Region, Register, column_address, config_address
from mapper.crossbar.params import PRESETS
from mapper.packets import BURST, PACKET, Kind, Space, rectangle, spike_packet
from rtl.crossbar.core import CrossbarCore

HERE = rectangle(0, 0)
ERRORS = config_address(Region.REGISTER, Register.ERRORS)


def write(address: int, data: int, space: Space = Space.CONFIG) -> int:
    return int(PACKET.pack(kind=Kind.WRITE, space=space, address=address, data=data, **HERE))


def read(address: int) -> int:
    burst = BURST.pack(count=0, stride=0)
    return int(PACKET.pack(kind=Kind.READ, space=1, address=address, data=burst, **HERE))


def program() -> list[int]:
    """One neuron, driven by axon 0, window of one tick."""
    registers = {Register.COLUMNS: 1, Register.FIRST_TICK: 0, Register.TICKS: 1}
    return [
        write(0, 1, Space.SYNAPSE),
        write(column_address(0, 0), int(CONTROL.pack(last=1))),
        write(column_address(0, 1), 1),
        *(write(config_address(Region.REGISTER, r), v) for r, v in registers.items()),
    ]


async def send(ctx, core, packet: int) -> None:
    ctx.set(core.i.payload.as_value(), packet)
    ctx.set(core.i.valid, 1)
    await ctx.tick().until(core.i.ready)
    ctx.set(core.i.valid, 0)


async def answer(ctx, core) -> int:
    ctx.set(core.o.ready, 1)
    while True:
        _, _, valid, word = await ctx.tick().sample(core.o.valid, core.o.payload.as_value())
        if valid:
            return int(PACKET.unpack(word)["data"])


def test_a_tick_during_a_tick_is_an_error_and_changes_nothing(simulate):
    core = CrossbarCore(PRESETS["tiny"])
    tick = int(PACKET.pack(kind=Kind.TICK, data=1, **HERE))

    async def bench(ctx):
        for packet in [*program(), int(spike_packet(0, 0, **HERE)), tick, tick]:
            await send(ctx, core, packet)
        for address in (ERRORS, column_address(0, 4),
                        config_address(Region.REGISTER, Register.SPIKES)):  # fmt: skip
            # A READ waits for the end of the tick by itself.
            await send(ctx, core, read(address))
            data = await answer(ctx, core)
            if address == ERRORS:
                assert error_names(data) == ["tick overrun"]
            else:
                assert data == 1  # potential 1, kept by reset "none"; one neuron fired
        assert ctx.get(core.idle)

    simulate(core, bench)


def test_spikes_outside_the_window_are_counted_as_stray_and_forgotten(simulate):
    core = CrossbarCore(PRESETS["tiny"])
    first, later = (int(PACKET.pack(kind=Kind.TICK, data=d, **HERE)) for d in (1, 0))

    async def bench(ctx):
        for packet in program():
            await send(ctx, core, packet)
        spike = int(spike_packet(0, 0, **HERE))
        for packet in (first, spike, later):  # the spike arrives for tick 1: the window is over
            await send(ctx, core, packet)
            while not ctx.get(core.idle):
                await ctx.tick()
        await send(ctx, core, first)  # a new sample must not see it
        expected = {Register.STRAY: 1, Register.EVENTS: 0, Register.SPIKES: 0, Register.ERRORS: 0}
        for register, value in expected.items():
            await send(ctx, core, read(config_address(Region.REGISTER, register)))
            assert await answer(ctx, core) == value, register

    simulate(core, bench)


@pytest.mark.parametrize("delay", [*range(0, 30, 3), 100])
def test_a_reset_at_any_time_leaves_nothing_behind(simulate, delay):
    """Spikes waiting or half counted when the reset comes must not show afterwards."""
    core, rst = CrossbarCore(PRESETS["tiny"]), Signal()
    tick = int(PACKET.pack(kind=Kind.TICK, data=1, **HERE))
    spike = int(spike_packet(0, 0, **HERE))

    async def tick_and_potential(ctx, *packets: int) -> int:
        for packet in [*packets, tick, read(column_address(0, 4))]:
            await send(ctx, core, packet)
        return await answer(ctx, core)

    async def bench(ctx):
        for packet in [*program(), spike, tick, spike]:
            await send(ctx, core, packet)
        for _ in range(delay):
            await ctx.tick()
        ctx.set(rst, 1)
        await ctx.tick()
        ctx.set(rst, 0)
        assert not ctx.get(core.i.ready) and not ctx.get(core.idle)
        for packet in program():
            await send(ctx, core, packet)
        found = [await tick_and_potential(ctx)]
        found += [await tick_and_potential(ctx, spike) for _ in range(3)]  # both banks
        assert found == [0, 1, 1, 1]

    simulate(ResetInserter(rst)(core), bench)


def test_registers_refuse_values_beyond_the_core(simulate):
    core = CrossbarCore(PRESETS["tiny"])
    columns = config_address(Region.REGISTER, Register.COLUMNS)
    extension = config_address(Region.REGISTER, Register.EXTENSION)

    async def bench(ctx):
        for address, good, bad in ((columns, 32, 33), (extension, 2, 3)):
            for value, error in ((good, []), (bad, ["bad address"])):
                await send(ctx, core, write(ERRORS, 0))
                await send(ctx, core, write(address, value))
                await send(ctx, core, read(ERRORS))
                assert error_names(await answer(ctx, core)) == error
            await send(ctx, core, read(address))
            assert await answer(ctx, core) == good

    simulate(core, bench)
