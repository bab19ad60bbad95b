"""A grid survives any packets from the host: it neither hangs nor remembers them."""

import random

import pytest

from mapper.packets import PACKET, Kind, rectangle
from mapper.yoso.layout import TOKEN, NeuronField, Register, neuron_address
from mapper.yoso.params import GridParams, PeParams
from rtl.yoso.grid import YosoGrid

from .pe_driver import Program, read, register, spike, state, token, write
from .test_yoso_malformed import anything

PARAMS = GridParams(
    pe=PeParams(neurons=8, weights=64, accumulator_bits=10, potential_bits=12, queue=16, ticks=4),
    width=2, height=2,
)  # fmt: skip
EVERYWHERE = rectangle(0, 0, 1, 1)
STOP = int(TOKEN.pack(stop=1, last=1))


def addressed(packet: int, **where: int) -> int:
    """The packet, to these PEs."""
    fields = {n: int(v) for n, v in PACKET.unpack(packet).items()}
    return int(PACKET.pack(**fields | where))


def closing(packet: int) -> int:
    """A token after which the gate waits, and the next sample begins."""
    return packet | int(TOKEN.pack(last=1))


class GridDriver:
    def __init__(self) -> None:
        self.grid, self.received = YosoGrid(PARAMS), []

    async def collect(self, ctx) -> None:
        ctx.set(self.grid.o.ready, 1)
        while True:
            *_, valid, word = await ctx.tick().sample(
                self.grid.o.valid, self.grid.o.payload.as_value()
            )
            if valid:
                self.received.append({n: int(v) for n, v in PACKET.unpack(word).items()})

    async def send(self, ctx, packets: list[int]) -> None:
        for packet in packets:
            ctx.set(self.grid.i.payload.as_value(), packet)
            ctx.set(self.grid.i.valid, 1)
            await ctx.tick().until(self.grid.i.ready)
        ctx.set(self.grid.i.valid, 0)

    async def answers(self, ctx, packets: list[int], kind: Kind, count: int) -> list[int]:
        """Data of the next `count` packets of this kind, after those sent now."""
        start = len(self.received)
        await self.send(ctx, packets)
        while len(found := [p for p in self.received[start:] if p["kind"] == kind]) < count:
            await ctx.tick()
        return [p["data"] for p in found]


@pytest.mark.parametrize("seed", range(1))
def test_any_packets_between_and_within_samples(simulate, seed):
    """Two stops end whatever runs, in this sample and the one before; then it is programmed."""
    dice, driver = random.Random(seed), GridDriver()
    weights = [dice.randrange(-8, 8) for _ in range(64)]
    program = Program(8, 1, 2, weights, [dice.randrange(1, 30) for _ in range(8)], {"psp": 1})
    place = rectangle(1, 1)

    def rubbish() -> int:
        where = {n: dice.randrange(8 if dice.random() < 0.1 else 2) for n in EVERYWHERE}
        return addressed(anything(dice), **where)

    async def bench(ctx):
        for _ in range(2):
            await driver.send(ctx, [addressed(p, **EVERYWHERE) for p in program.packets()])
            await driver.send(ctx, [rubbish() for _ in range(120)])
            stop = int(PACKET.pack(kind=Kind.TICK, data=STOP, **EVERYWHERE))
            await driver.send(ctx, [stop, stop])
            reset = [*program.packets(), write(register(Register.ERRORS), 0)]
            await driver.send(ctx, [addressed(p, **EVERYWHERE) for p in reset])
            for _ in range(2):
                spikes = [[dice.randrange(57) for _ in range(4)] for _ in range(2)]
                packets = [p for t in (0, 1) for p in (*(spike(a, t) for a in spikes[t]), token(t))]
                packets[-1] = closing(packets[-1])
                await driver.answers(ctx, [addressed(p, **place) for p in packets], Kind.DONE, 1)
                asked = [read(neuron_address(0, NeuronField.STATE), 8, 8)]
                asked.append(read(register(Register.ERRORS)))
                asked = [addressed(p, **place) for p in asked]
                *states, errors = await driver.answers(ctx, asked, Kind.REPLY, 9)
                assert [state(w) for w in states] == program.run(spikes)[1]
                assert errors == 0

    simulate(driver.grid, bench, background=[driver.collect])
