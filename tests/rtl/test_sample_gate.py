"""The grid's barrier in a run: what passes when, one DONE for each wait, the sample's bit."""

import random

from amaranth.hdl import ResetInserter, Signal

from mapper.packets import PACKET, Kind, Space, rectangle
from mapper.yoso.layout import TAG, TOKEN
from rtl.yoso.sample_gate import SampleGate

HERE = rectangle(0, 0)
WORK_TIME = 5
"""Cycles that the grid is busy after each packet."""


def word(kind: Kind, data: int = 0, tick: int = 0) -> int:
    return int(PACKET.pack(kind=kind, space=Space.CONFIG, data=data, address=tick, **HERE))


SPIKE, READ, WRITE, SCAN = (word(k) for k in (Kind.SPIKE, Kind.READ, Kind.WRITE, Kind.SCAN))
WAIT, LAST = (word(Kind.TICK, int(TOKEN.pack(**{n: 1}))) for n in ("wait", "last"))
TICK = word(Kind.TICK)


def test_what_passes_when(simulate):
    gate = SampleGate()
    packets = [WRITE, WRITE, SPIKE, SPIKE, TICK, SPIKE, WAIT, READ, SCAN, SPIKE, LAST, SPIKE, WAIT]
    at_once = {1, 3, 4, 5, 6, 10, 12}  # WRITE after WRITE, work after work
    after_done = {7, 11}
    passed, done, cycle = [], [], 0

    async def grid(ctx):
        """Busy after each packet, and DONE is taken late."""
        nonlocal cycle
        busy = 0
        ctx.set(gate.o.ready, 1)
        while True:
            ctx.set(gate.idle, busy == 0)
            ctx.set(gate.done.ready, cycle % 4 == 0)
            *_, valid, payload, is_done, ready, told = await ctx.tick().sample(
                gate.o.valid, gate.o.payload.as_value(), gate.done.valid, gate.done.ready,
                gate.done.payload.as_value(),
            )  # fmt: skip
            if valid:
                passed.append((cycle, busy, payload))
            if is_done and ready:
                done.append((cycle, PACKET.unpack(told)))
            busy = WORK_TIME if valid else max(busy - 1, 0)
            cycle += 1

    async def bench(ctx):
        for packet in packets:
            ctx.set(gate.i.payload.as_value(), packet)
            ctx.set(gate.i.valid, 1)
            await ctx.tick().until(gate.i.ready)
        ctx.set(gate.i.valid, 0)
        await ctx.tick().repeat(3 * WORK_TIME)

    simulate(gate, bench, background=[grid])
    sample = 0
    for i, (packet, (_, busy, out)) in enumerate(zip(packets, passed, strict=True)):
        work = PACKET.unpack(packet)["kind"] in (Kind.SPIKE, Kind.TICK)
        stamp = int(TAG.pack(sample=sample)) if work else 0
        assert out == packet | stamp << 32, i
        assert (busy > 0) == (i in at_once), i
        sample ^= packet == LAST
    closing = [i for i, p in enumerate(packets) if p in (WAIT, LAST)]
    assert len(done) == len(closing)
    firsts = [2, 9, 11]  # the first work after the DONE before
    for i, first, (when, answer) in zip(closing, firsts, done, strict=True):
        assert answer["kind"] == Kind.DONE and answer["address"] == 0
        assert answer["data"] == passed[i][0] - passed[first][0] + WORK_TIME + 1
        assert i + 1 == len(passed) or (i + 1 in after_done and passed[i + 1][0] > when)


def test_a_lost_packet_shows_in_every_later_done(simulate):
    gate, told = SampleGate(), []

    async def bench(ctx):
        ctx.set(gate.o.ready, 1)
        ctx.set(gate.done.ready, 1)
        for lost in (0, 1, 0):
            ctx.set(gate.i.payload.as_value(), WAIT)
            ctx.set(gate.i.valid, 1)
            ctx.set(gate.idle, 1)
            await ctx.tick().until(gate.i.ready)
            ctx.set(gate.i.valid, 0)
            ctx.set(gate.idle, 0)
            ctx.set(gate.lost, lost)
            await ctx.tick()
            ctx.set(gate.lost, 0)
            ctx.set(gate.idle, 1)
            (address,) = await ctx.tick().sample(gate.done.p.address).until(gate.done.valid)
            told.append(int(address))

    simulate(gate, bench)
    assert told == [0, 1, 1]


def test_a_reset_at_any_time_makes_it_new(simulate):
    gate, reset, packets = SampleGate(), Signal(), (WRITE, SPIKE, LAST, SPIKE, WAIT)

    async def trace(ctx, length: int) -> list[tuple[int, ...]]:
        """What it says, cycle by cycle, to the same packets and the same grid each time."""
        dice, left, found = random.Random(1), [*packets], []
        for _ in range(length):
            ctx.set(gate.i.valid, bool(left))
            ctx.set(gate.i.payload.as_value(), left[0] if left else 0)
            for port in (gate.o.ready, gate.idle, gate.done.ready):
                ctx.set(port, dice.random() < 0.6)
            *_, ready, valid, payload, done, told = await ctx.tick().sample(
                gate.i.ready, gate.o.valid, gate.o.payload.as_value(), gate.done.valid,
                gate.done.payload.as_value(),
            )  # fmt: skip
            found.append((ready, valid, valid and payload, done, done and told))
            del left[: ready and bool(left)]
        return found

    async def bench(ctx):
        new = await trace(ctx, 40)
        assert sum(told for *_, told, _ in new) >= 2
        for cut in range(40):
            ctx.set(reset, 1)
            await ctx.tick()
            ctx.set(reset, 0)
            cut_off = await trace(ctx, cut)
            ctx.set(reset, 1)
            await ctx.tick()
            ctx.set(reset, 0)
            assert cut_off == new[:cut] and await trace(ctx, 40) == new, cut

    simulate(ResetInserter(reset)(gate), bench)
