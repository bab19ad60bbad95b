"""Drives one core in Amaranth's simulator: packets in, every packet that comes out."""

import random
from collections.abc import Iterable

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
from mapper.crossbar.params import CoreParams
from mapper.packets import BURST, PACKET, TICK, Kind, Space, rectangle, spike_packet
from rtl.crossbar.core import CrossbarCore
from rtl.pim.macro import PimMacro

HERE = rectangle(0, 0)
Word = tuple[Space, int]  # space, address


def register(which: Register) -> int:
    return config_address(Region.REGISTER, which)


def write(address: int, data: int, space: Space = Space.CONFIG) -> int:
    return int(PACKET.pack(kind=Kind.WRITE, space=space, address=address, data=data, **HERE))


def burst(
    kind: Kind, address: int, count: int = 1, stride: int = 1, space: Space = Space.CONFIG
) -> int:
    data = BURST.pack(count=count - 1, stride=stride)
    return int(PACKET.pack(kind=kind, space=space, address=address, data=data, **HERE))


def spike(row: int, phase: int, parity: int) -> int:
    return int(spike_packet(row, phase, parity=parity, **HERE))


def tick(parity: int, first: bool = False) -> int:
    data = TICK.pack(first=int(first), parity=parity)
    return int(PACKET.pack(kind=Kind.TICK, data=data, **HERE))


def banked_words(core: CoreParams, dice: random.Random) -> dict[Word, int]:
    """Something for every word of the memories that ticks use: a network that makes sense."""
    chunks = core.neurons // core.synapse_chunk
    words = {(Space.SYNAPSE, a): dice.getrandbits(core.synapse_chunk)
             for a in range(core.axons * chunks)}  # fmt: skip
    for column in range(core.neurons):
        complete = column & (column + 1) == 0  # the last in use with any axon extension
        start = dice.randrange(core.routes - 3)
        fields = {
            ColumnField.CONTROL: CONTROL.pack(
                shift=dice.randrange(3), negative=dice.random() < 0.3,
                last=complete or dice.random() < 0.6, decay=dice.randrange(4),
                amount=dice.randrange(1, 8), reset=dice.randrange(4),
            ),
            ColumnField.THRESHOLD: dice.randrange(1, 4),
            ColumnField.INITIAL: dice.randrange(9),
            ColumnField.BIAS: dice.randrange(3),
            ColumnField.ROUTES: POINTER.pack(start=start, count=dice.randrange(1, 4)),
        }  # fmt: skip
        for field, word in fields.items():
            words[Space.CONFIG, column_address(column, field)] = int(word)
    for i in range(core.routes):
        words[Space.CONFIG, config_address(Region.ROUTE, i)] = int(
            ROUTE.pack(row=dice.randrange(core.axons), host=dice.randrange(2), x0=1, x1=2)
        )
    return words


def writes(words: dict[Word, int]) -> list[int]:
    return [write(address, data, space) for (space, address), data in words.items()]


class CoreDriver:
    """Sends packets to `core` and keeps what it sends, which is stalled with probability `stall`
    in each cycle.
    """

    def __init__(self, ctx, core: CrossbarCore | PimMacro, stall: float = 0, seed: int = 0) -> None:
        self.ctx, self.core, self.received = ctx, core, []
        self.stall, self.dice = stall, random.Random(seed)

    async def cycle(self) -> bool:
        """One clock cycle; whether the core was ready in it."""
        i, o = self.core.i, self.core.o
        takes = self.dice.random() >= self.stall
        self.ctx.set(o.ready, takes)
        _, _, ready, valid, word = await self.ctx.tick().sample(
            i.ready, o.valid, o.payload.as_value()
        )
        if valid and takes:
            self.received.append(word)
        return bool(ready)

    async def send(self, packets: Iterable[int]) -> int:
        """Send packets back to back; the clock cycles that it took."""
        cycles = 0
        for packet in packets:
            self.ctx.set(self.core.i.payload.as_value(), packet)
            self.ctx.set(self.core.i.valid, 1)
            ready = False
            while not ready:
                ready = await self.cycle()
                cycles += 1
            self.ctx.set(self.core.i.valid, 0)
        return cycles

    async def settle(self) -> list[int]:
        """Wait until the core is idle; what it has sent since the last call."""
        while not self.ctx.get(self.core.idle):
            await self.cycle()
        sent, self.received = self.received, []
        return sent

    async def read(self, address: int, count: int = 1, stride: int = 1, space=Space.CONFIG) -> list:
        """The words of a burst, after what the core was doing."""
        await self.settle()
        await self.send([burst(Kind.READ, address, count, stride, space)])
        return [int(w) for w in PACKET.unpack(await self.settle())["data"]]
