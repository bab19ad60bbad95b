"""A core by itself, where the chip's tick gate does not protect it."""

import random

import pytest
from amaranth.hdl import ResetInserter, Signal

from cosim.fabrics import FABRICS
from mapper.crossbar.layout import (
    CONTROL,
    POINTER,
    ROUTE,
    ColumnField,
    Region,
    Register,
    column_address,
    config_address,
)
from mapper.crossbar.params import PRESETS
from mapper.packets import BURST, PACKET, SPIKE, TICK, Kind, Space, rectangle, spike_packet
from rtl.crossbar.core import CrossbarCore

HERE = rectangle(0, 0)
ERRORS = config_address(Region.REGISTER, Register.ERRORS)


def write(address: int, data: int, space: Space = Space.CONFIG) -> int:
    return int(PACKET.pack(kind=Kind.WRITE, space=space, address=address, data=data, **HERE))


def read(address: int) -> int:
    burst = BURST.pack(count=0, stride=0)
    return int(PACKET.pack(kind=Kind.READ, space=1, address=address, data=burst, **HERE))


def tick_packet(parity: int, first: int = 0) -> int:
    data = TICK.pack(first=first, parity=parity)
    return int(PACKET.pack(kind=Kind.TICK, data=data, **HERE))


def program() -> list[int]:
    """One neuron, driven by axon 0, window of one tick."""
    registers = {Register.COLUMNS: 1, Register.FIRST_TICK: 0, Register.TICKS: 1}
    return [
        write(0, 1, Space.SYNAPSE),
        write(column_address(0, 0), int(CONTROL.pack(last=1))),
        write(column_address(0, 1), 1),
        *(write(config_address(Region.REGISTER, r), v) for r, v in registers.items()),
    ]


def program_relay() -> list[int]:
    """Neuron i fires whenever axon i spikes, and sends a SPIKE to axon i."""
    axons = range(PRESETS["tiny"].axons)
    registers = {Register.COLUMNS: len(axons), Register.FIRST_TICK: 0, Register.TICKS: 100}
    fields = {
        ColumnField.CONTROL: [int(CONTROL.pack(last=1, decay=3))] * len(axons),
        ColumnField.THRESHOLD: [1] * len(axons),
        ColumnField.ROUTES: [int(POINTER.pack(start=i, count=1)) for i in axons],
    }
    return [
        *(write(i, 1 << i, Space.SYNAPSE) for i in axons),
        *(write(column_address(i, f), words[i]) for f, words in fields.items() for i in axons),
        *(write(config_address(Region.ROUTE, i), int(ROUTE.pack(row=i))) for i in axons),
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


@pytest.mark.parametrize("again", [tick_packet(0), tick_packet(1), int(spike_packet(0, 0, **HERE))])
def test_what_comes_for_a_tick_that_runs_is_an_error_and_changes_nothing(simulate, again):
    core = CrossbarCore(PRESETS["tiny"])
    tick = tick_packet(0, first=1)

    async def bench(ctx):
        for packet in [*program(), int(spike_packet(0, 0, **HERE)), tick, again]:
            await send(ctx, core, packet)
        for address in (ERRORS, column_address(0, 4),
                        config_address(Region.REGISTER, Register.SPIKES)):  # fmt: skip
            # A READ waits for the end of the tick by itself.
            await send(ctx, core, read(address))
            data = await answer(ctx, core)
            if address == ERRORS:
                assert FABRICS["crossbar"].error_names(data) == ["tick overrun"]
            else:
                assert data == 1  # potential 1, kept by reset "none"; one neuron fired
        assert ctx.get(core.idle)

    simulate(core, bench)


def test_spikes_outside_the_window_are_counted_as_stray_and_forgotten(simulate):
    core = CrossbarCore(PRESETS["tiny"])
    first, later = tick_packet(0, first=1), tick_packet(1)

    async def bench(ctx):
        for packet in program():
            await send(ctx, core, packet)
        spike = int(spike_packet(0, 0, parity=1, **HERE))
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


@pytest.mark.parametrize("seed", range(2))
def test_each_tick_sees_its_own_spikes_whenever_they_arrive(simulate, seed):
    """In a mesh, spikes for tick n may come at any time after tick n - 2 is over."""
    dice = random.Random(seed)
    core, rows = CrossbarCore(PRESETS["tiny"]), range(PRESETS["tiny"].axons)
    density = (0.0, 0.1, 0.5, 1.0)
    ticks = [[r for r in rows if dice.random() < dice.choice(density)] for _ in range(24)]
    waits, runs = ([[] for _ in ticks] for _ in range(2))  # arrive before, after TICK n
    for n, axons in enumerate(ticks):
        for row in axons:
            early = [waits[n - 1], runs[n - 1], waits[n]] if n else [waits[0]]
            dice.choice(early).append(int(spike_packet(row, 0, parity=n % 2, **HERE)))
    received: list[tuple[int, int, int]] = []  # tick, row, parity

    async def bench(ctx):
        ctx.set(core.o.ready, 1)
        for packet in program_relay():
            await send(ctx, core, packet)
        for n in range(len(ticks)):
            dice.shuffle(waits[n])
            dice.shuffle(runs[n])
            for packet in [*waits[n], tick_packet(n % 2, first=int(n == 0)), *runs[n]]:
                for _ in range(dice.choice((0, 0, 1, 5))):
                    await ctx.tick()
                await send(ctx, core, packet)
            while not ctx.get(core.idle):
                await ctx.tick()
            now.append(n)
        ctx.set(core.o.ready, 0)
        await send(ctx, core, read(ERRORS))
        assert await answer(ctx, core) == 0

    now: list[int] = []

    async def watch(ctx):
        async for _, _, valid, ready, word in ctx.tick().sample(
            core.o.valid, core.o.ready, core.o.payload.as_value()
        ):
            fields = PACKET.unpack(word)
            if len(now) == len(ticks):
                return
            if valid and ready and fields["kind"] == Kind.SPIKE:
                row = SPIKE.unpack(fields["data"])["row"]
                received.append((len(now), int(row), int(fields["address"])))

    simulate(core, bench, watch)
    expected = [(n, row, (n + 1) % 2) for n, axons in enumerate(ticks) for row in axons]
    assert sorted(received) == expected


@pytest.mark.parametrize("delay", [*range(0, 30, 3), 100])
def test_a_reset_at_any_time_leaves_nothing_behind(simulate, delay):
    """Spikes waiting or half counted when the reset comes must not show afterwards."""
    core, rst = CrossbarCore(PRESETS["tiny"]), Signal()
    spikes = [int(spike_packet(0, 0, parity=p, **HERE)) for p in range(2)]

    async def tick_and_potential(ctx, parity: int, *packets: int) -> int:
        for packet in [*packets, tick_packet(parity, first=1), read(column_address(0, 4))]:
            await send(ctx, core, packet)
        return await answer(ctx, core)

    async def bench(ctx):
        for packet in [*program(), spikes[0], tick_packet(0, first=1), spikes[1]]:
            await send(ctx, core, packet)
        for _ in range(delay):
            await ctx.tick()
        ctx.set(rst, 1)
        await ctx.tick()
        ctx.set(rst, 0)
        assert not ctx.get(core.i.ready) and not ctx.get(core.idle)
        for packet in program():
            await send(ctx, core, packet)
        found = [await tick_and_potential(ctx, p) for p in range(2)]  # both banks
        found += [await tick_and_potential(ctx, p, spikes[p]) for p in range(2)]
        assert found == [0, 0, 1, 1]

    simulate(ResetInserter(rst)(core), bench)


@pytest.mark.parametrize(("first", "length", "runs"), [(0, 1, 1), (2, 0xFFFF, 0), (0xFFFF, 5, 0)])
def test_a_window_that_begins_later_is_not_yet_open(simulate, first, length, runs):
    """Also where its length, or its beginning, is the largest that there is."""
    core = CrossbarCore(PRESETS["tiny"])
    window = {Register.FIRST_TICK: first, Register.TICKS: length}

    async def bench(ctx):
        for packet in program():
            await send(ctx, core, packet)
        for which, value in window.items():
            await send(ctx, core, write(config_address(Region.REGISTER, which), value))
        for packet in (int(spike_packet(0, 0, **HERE)), tick_packet(0, first=1)):
            await send(ctx, core, packet)
        for which, value in {Register.SPIKES: runs, Register.STRAY: 1 - runs}.items():
            await send(ctx, core, read(config_address(Region.REGISTER, which)))
            assert await answer(ctx, core) == value, which

    simulate(core, bench)


def test_packets_for_the_host_are_unknown_to_a_core(simulate):
    core = CrossbarCore(PRESETS["tiny"])

    async def bench(ctx):
        for kind in Kind:
            await send(ctx, core, write(ERRORS, 0))
            await ctx.tick()
            await send(ctx, core, int(PACKET.pack(kind=kind, space=1, **HERE)))
            if kind in (Kind.READ, Kind.SCAN):
                await answer(ctx, core)
            await send(ctx, core, read(ERRORS))
            found = FABRICS["crossbar"].error_names(await answer(ctx, core))
            assert found == (["unknown packet"] if Kind.REPLY <= kind <= Kind.DONE else []), kind

    simulate(core, bench)
