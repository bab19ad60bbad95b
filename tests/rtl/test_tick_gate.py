"""The tick barrier: what passes when, and the parity of ticks."""

import pytest

from mapper.crossbar.layout import ColumnField, Region, Register, column_address, config_address
from mapper.packets import PACKET, Kind, Space, rectangle, spike_packet
from rtl.crossbar.tick_gate import TickGate

HERE = rectangle(0, 0)


def word(kind: int, **fields) -> int:
    return int(PACKET.pack(kind=kind, **fields, **HERE))


def write(space: Space, address: int = 0) -> int:
    return word(Kind.WRITE, space=space, address=address)


SPIKE = int(spike_packet(3, 1, **HERE))
BANKED = [
    write(Space.SYNAPSE, 17),
    write(Space.CONFIG, config_address(Region.ROUTE, 5)),
    *(write(Space.CONFIG, column_address(9, f)) for f in ColumnField if f != ColumnField.POTENTIAL),
]
SHARED = [
    write(Space.CONFIG, column_address(9, ColumnField.POTENTIAL)),
    *(write(Space.CONFIG, config_address(Region.REGISTER, r)) for r in Register),
    write(Space.CONFIG, config_address(Region.FIRED, 0)),
    word(Kind.READ, space=Space.SYNAPSE),
    word(Kind.READ, space=Space.CONFIG, address=config_address(Region.ROUTE, 5)),
    word(Kind.TICK, data=0),
    word(Kind.SCAN, space=Space.SYNAPSE),
]


@pytest.mark.parametrize("banks", [1, 2])
def test_what_may_enter_while_a_tick_runs(simulate, banks):
    gate = TickGate(banks)

    async def bench(ctx):
        ctx.set(gate.o.ready, 1)
        ctx.set(gate.i.valid, 1)
        for idle in (0, 1):
            ctx.set(gate.idle, idle)
            for packet in (SPIKE, *BANKED, *SHARED):
                ctx.set(gate.i.payload.as_value(), packet)
                passes = idle or packet == SPIKE or (banks == 2 and packet in BANKED)
                assert ctx.get(gate.o.valid) == ctx.get(gate.i.ready) == passes, packet

    simulate(gate, bench)


def test_spikes_carry_the_parity_of_the_tick_that_takes_them(simulate):
    gate = TickGate(1)

    async def send(ctx, packet: int) -> dict[str, int]:
        ctx.set(gate.i.payload.as_value(), packet)
        ctx.set(gate.i.valid, 1)
        while not ctx.get(gate.i.ready):
            await ctx.tick()
        sent = ctx.get(gate.o.payload.as_value())
        await ctx.tick()
        ctx.set(gate.i.valid, 0)
        return {n: int(v) for n, v in PACKET.unpack(sent).items()}

    async def bench(ctx):
        for ready in (gate.o.ready, gate.done.ready, gate.idle):
            ctx.set(ready, 1)
        data = int(PACKET.unpack(SPIKE)["data"])
        for tick in range(5):
            for _ in range(2):
                spike = await send(ctx, SPIKE)
                assert spike["address"] == tick % 2 and spike["data"] == data
            # A TICK that has to wait keeps its parity.
            first = tick % 3 == 0
            ctx.set(gate.o.ready, 0)
            ctx.set(gate.i.payload.as_value(), word(Kind.TICK, data=first))
            ctx.set(gate.i.valid, 1)
            await ctx.tick().repeat(3)
            ctx.set(gate.o.ready, 1)
            sent = await send(ctx, word(Kind.TICK, data=first))
            assert sent["data"] == first + 2 * (tick % 2)

    simulate(gate, bench)


def test_a_tick_ends_with_one_done_and_its_length(simulate):
    gate = TickGate(1)

    async def bench(ctx):
        ctx.set(gate.o.ready, 1)
        ctx.set(gate.done.ready, 1)
        for length, lost in ((1, 0), (9, 1), (3, 0)):
            ctx.set(gate.idle, 1)
            ctx.set(gate.i.payload.as_value(), word(Kind.TICK))
            ctx.set(gate.i.valid, 1)
            await ctx.tick().until(gate.i.ready)
            ctx.set(gate.i.valid, 0)
            ctx.set(gate.idle, 0)
            ctx.set(gate.lost, lost)
            for _ in range(length):
                _, _, done = await ctx.tick().sample(gate.done.valid)
                assert not done
            ctx.set(gate.lost, 0)
            ctx.set(gate.idle, 1)
            await ctx.tick()
            assert ctx.get(gate.done.valid) and ctx.get(gate.done.p.kind) == Kind.DONE
            assert ctx.get(gate.done.p.data) == length + 1
            assert ctx.get(gate.done.p.address) == (length > 1)  # sticky
            await ctx.tick()
            assert not ctx.get(gate.done.valid)

    simulate(gate, bench)
