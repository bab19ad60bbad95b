"""Drives one PE in Amaranth's simulator, and says in plain Python what it must do."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field

from mapper.packets import BURST, PACKET, Kind, Space, rectangle
from mapper.yoso.layout import (
    MODE,
    ROW,
    RUN,
    STATE,
    TAG,
    TARGET,
    TOKEN,
    NeuronField,
    Region,
    Register,
    neuron_address,
    region_address,
)
from mapper.yoso.params import PeParams
from rtl.yoso.pe import YosoPe

HERE = rectangle(0, 0)


@dataclass
class Program:
    """What a PE is programmed with; rows: spike address -> runs (weight, neuron, count)."""

    neurons: int
    sources: int
    ticks: int
    weights: list[int]
    thresholds: list[int]
    mode: dict[str, int] = field(default_factory=dict)
    rows: list[list[tuple[int, int, int]]] = field(default_factory=list)
    targets: list[dict[str, int]] = field(default_factory=list)
    line: int = 0

    def adds(self, address: int) -> list[tuple[int, int]]:
        """(neuron, weight) of a spike."""
        runs = self.rows[address] if self.mode.get("listed") else [(address, 0, self.neurons)]
        return [(n + i, self.weights[w + i]) for w, n, count in runs for i in range(count)]

    def packets(self) -> list[int]:
        """WRITEs of everything."""
        words = [int.from_bytes(bytes(w & 255 for w in self.weights[i : i + 4]), "little")
                 for i in range(0, len(self.weights), 4)]  # fmt: skip
        found = [write(i, word, Space.SYNAPSE) for i, word in enumerate(words)]
        for n in range(self.neurons):
            found.append(write(neuron_address(n, NeuronField.THRESHOLD), self.thresholds[n]))
            found.append(write(neuron_address(n, NeuronField.SPIKE), 100 + n))
        runs = [run for row in self.rows for run in row]
        start = 0
        for i, row in enumerate(self.rows):
            word = ROW.pack(start=start, count=len(row))
            found.append(write(region_address(Region.ROW, i), int(word)))
            start += len(row)
        for i, (weight, neuron, count) in enumerate(runs):
            word = RUN.pack(weight=weight, neuron=neuron, more=count - 1)
            found.append(write(region_address(Region.RUN, i), int(word)))
        registers = {
            Register.NEURONS: self.neurons, Register.SOURCES: self.sources,
            Register.TICKS: self.ticks, Register.MODE: int(MODE.pack(**self.mode)),
            Register.LINE: self.line,
            Register.STOP: int(TARGET.pack(x1=7, y1=7, valid=1)),
        }  # fmt: skip
        for i, target in enumerate(self.targets):
            registers[Register(Register.TARGET0 + i)] = int(TARGET.pack(valid=1, **target))
        return found + [write(register(r), v) for r, v in registers.items()]

    def run(self, spikes: list[list[int]]) -> tuple[list[list[int]], list[tuple[int, bool, int]]]:
        """spikes: addresses per tick -> (neurons that fire per tick, final (v, fired, tick))."""
        a, v = [0] * self.neurons, [0] * self.neurons
        when: list[int | None] = [None] * self.neurons
        fired = []
        for tick in range(self.ticks):
            for address in spikes[tick]:
                for n, w in self.adds(address):
                    a[n] += w
            now = []
            for n in range(self.neurons):
                if when[n] is None:
                    v[n] += a[n]
                    if v[n] >= self.thresholds[n] and not self.mode.get("silent"):
                        when[n] = tick
                        now.append(n)
            if not self.mode.get("psp"):
                a = [0] * self.neurons
            fired.append(now)
        return fired, [(v[n], when[n] is not None, when[n] or 0) for n in range(self.neurons)]


def register(which: Register) -> int:
    return region_address(Region.REGISTER, which)


def write(address: int, data: int, space: Space = Space.CONFIG) -> int:
    return int(PACKET.pack(kind=Kind.WRITE, space=space, address=address,
                           data=data & 0xFFFF_FFFF, **HERE))  # fmt: skip


def read(address: int, count: int = 1, stride: int = 1, space: Space = Space.CONFIG) -> int:
    data = BURST.pack(count=count - 1, stride=stride)
    return int(PACKET.pack(kind=Kind.READ, space=space, address=address, data=data, **HERE))


def spike(address: int, tick: int, sample: int = 0) -> int:
    tag = TAG.pack(tick=tick, sample=sample)
    return int(PACKET.pack(kind=Kind.SPIKE, data=address, address=tag, **HERE))


def token(tick: int, sample: int = 0, stop: int = 0) -> int:
    tag = TAG.pack(tick=tick, sample=sample)
    return int(PACKET.pack(kind=Kind.TICK, data=TOKEN.pack(stop=stop), address=tag, **HERE))


def state(word: int) -> tuple[int, bool, int]:
    """(potential, fired, tick) of a STATE word."""
    fields = STATE.unpack(word)
    potential = int(fields["potential"])
    return potential - (potential >> 23 << 24), bool(fields["fired"]), int(fields["tick"])


class PeDriver:
    """Sends packets and collects what comes out, both with random pauses."""

    def __init__(self, params: PeParams, seed: int = 0, stall: float = 0.0) -> None:
        self.pe = YosoPe(params)
        self.dice, self.stall = random.Random(seed), stall
        self.received: list[dict[str, int]] = []
        self.cycle = 0

    async def collect(self, ctx) -> None:
        """Background: takes every packet."""
        while True:
            ctx.set(self.pe.o.ready, self.dice.random() >= self.stall)
            *_, word, valid, ready = await ctx.tick().sample(
                self.pe.o.payload.as_value(), self.pe.o.valid, self.pe.o.ready
            )
            self.cycle += 1
            if valid and ready:
                self.received.append({k: int(v) for k, v in PACKET.unpack(word).items()})

    async def send(self, ctx, packets: Iterable[int]) -> None:
        for packet in packets:
            while self.dice.random() < self.stall:
                await ctx.tick()
            ctx.set(self.pe.i.payload.as_value(), packet)
            ctx.set(self.pe.i.valid, 1)
            await ctx.tick().until(self.pe.i.ready)
            ctx.set(self.pe.i.valid, 0)

    async def settle(self, ctx) -> int:
        """Wait until the PE is idle; how many cycles that took."""
        start = self.cycle
        while not ctx.get(self.pe.idle):
            await ctx.tick()
        cycles = self.cycle - start
        await ctx.tick()  # `collect` may not have run yet for the cycle before
        return cycles

    async def answers(self, ctx, packets: Iterable[int], count: int) -> list[int]:
        """Data of the `count` replies to these requests."""
        await self.settle(ctx)
        before = len(self.replies)
        await self.send(ctx, packets)
        while len(self.replies) < before + count:
            await ctx.tick()
        return [p["data"] for p in self.replies[before:]]

    @property
    def replies(self) -> list[dict[str, int]]:
        return [p for p in self.received if p["kind"] == Kind.REPLY]
