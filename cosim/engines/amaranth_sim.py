"""Amaranth's own simulator: slow, needs no compiler, for small chips and unit tests."""

import random
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from amaranth.sim import Simulator, SimulatorContext, TickTrigger  # noqa: F401

from mapper.packets import PACKET, Kind
from rtl.chips import build_chip

from .base import NO_STALLS, Engine, EngineError, Stalls

__all__ = ["AmaranthEngine"]

_PATIENCE = 200_000  # cycles without any packet before the chip counts as hung
_GRACE = 50


class AmaranthEngine(Engine):
    """Runs the RTL as Amaranth sees it, before Verilog."""

    name = "amaranth"

    def build(self) -> None:
        """Nothing to cache."""

    def exchange(
        self,
        packets: npt.NDArray[np.uint64],
        answers: int,
        stalls: Stalls = NO_STALLS,
        progress: Callable[[int], None] = lambda answers: None,
    ) -> npt.NDArray[np.uint64]:
        chip = build_chip(self.params)
        simulator = Simulator(chip)
        simulator.add_clock(1e-6)
        received: list[int] = []
        source_random, sink_random = random.Random(stalls.seed), random.Random(stalls.seed + 1)

        async def source(ctx: SimulatorContext) -> None:
            payload, valid, ready = chip.i.payload.as_value(), chip.i.valid, chip.i.ready
            for packet in packets.tolist():
                while source_random.random() < stalls.source:
                    await ctx.tick()
                ctx.set(payload, packet)
                ctx.set(valid, 1)
                await ctx.tick().until(ready)
                ctx.set(valid, 0)

        async def sink(ctx: SimulatorContext) -> None:
            payload, valid, ready = chip.o.payload.as_value(), chip.o.valid, chip.o.ready
            left, silent = answers, 0
            while left or silent < _GRACE:
                ctx.set(ready, sink_random.random() >= stalls.sink)
                *_, word, is_valid, is_ready = await ctx.tick().sample(payload, valid, ready)
                silent += 1
                if is_valid and is_ready:
                    received.append(word)
                    left -= _kind(word) != Kind.OUTPUT
                    silent = 0
                    progress(answers - left)
                if silent > _PATIENCE:
                    raise EngineError(f"the chip fell silent with {left} answers missing")

        simulator.add_testbench(source, background=True)
        simulator.add_testbench(sink)
        simulator.run()
        return np.array(received, np.uint64)


def _kind(word: int) -> int:
    return word >> PACKET.offset("kind") & 7
