"""A reset at any moment, whatever the chip is doing, and it is a new chip.

A run is cut off by a reset, and then done from its beginning: every packet comes in the clock cycle
in which it comes from a chip that nothing has happened to. Only memories keep what they held.
"""

import random

import numpy as np
import pytest
from amaranth.hdl import ClockDomain, Module
from amaranth.sim import Simulator

from cosim.fabrics import find_fabric
from mapper.crossbar.compiler import map_network
from mapper.hybrid.compiler import map_network as map_hybrid
from mapper.packets import PACKET, Kind
from mapper.yoso.compiler import map_network as map_grid
from rtl.chips import build_chip

from .grid_networks import PE, grid_network, single_spikes
from .hybrid_networks import CORES, direct_network, random_values
from .networks import CORE, random_network, random_spikes


def crossbar(seed: int):
    network = random_network(seed)
    return map_network(network, CORE), random_spikes(network, 1, seed)


def yoso(seed: int):
    network = grid_network(seed)
    return map_grid(network, PE), single_spikes(network, 1, seed)


def hybrid(seed: int):
    network = direct_network(seed)
    return map_hybrid(network, CORES), random_values(network, 1, seed)


def received(params, packets: list[int], cuts: list[int], idle: int) -> list[list[tuple[int, int]]]:
    """(cycle since the reset, packet) of every run: those that are cut off after so many cycles,
    then one to its end, which is `idle` cycles without any packet.
    """
    chip, clock, top = build_chip(params), ClockDomain("sync"), Module()
    top.domains += clock
    top.submodules.chip = chip
    simulator = Simulator(top)
    simulator.add_clock(1e-6)
    runs: list[list[tuple[int, int]]] = []

    async def bench(ctx):
        for cut in [*cuts, None]:
            runs.append([])
            left, dice = iter(packets), random.Random(len(packets))
            cycle = quiet = 0
            ctx.set(clock.rst, 0)
            offered = next(left, None)
            while quiet < idle if cut is None else cycle < cut:
                ctx.set(chip.i.valid, offered is not None)
                if offered is not None:
                    ctx.set(chip.i.payload.as_value(), offered)
                ctx.set(chip.o.ready, dice.random() < 0.7)
                takes = ctx.get(chip.i.ready) and offered is not None
                gives = ctx.get(chip.o.valid) and ctx.get(chip.o.ready)
                if gives:
                    runs[-1].append((cycle, ctx.get(chip.o.payload.as_value())))
                if takes:
                    offered = next(left, None)
                cycle, quiet = cycle + 1, 0 if takes or gives else quiet + 1
                await ctx.tick()
            ctx.set(clock.rst, 1)
            ctx.set(chip.i.valid, dice.random() < 0.5)
            await ctx.tick()

    simulator.add_testbench(bench)
    simulator.run()
    return runs


_IDLE = 300
"""More cycles than any of these chips is silent while it computes."""


# Seeds that give chips of two cores.
@pytest.mark.parametrize(("fabric", "seed"), [(crossbar, 34), (yoso, 53), (hybrid, 46)],
                         ids=["crossbar", "yoso", "hybrid"])  # fmt: skip
def test_a_reset_makes_it_a_new_chip(fabric, seed):
    image, spikes = fabric(seed)
    session = find_fabric(image, "tick").session(image, "tick")
    packets = session.packets(spikes).tolist()
    (fresh,) = received(image.params, packets, [], _IDLE)
    kinds = PACKET.unpack(np.array([word for _, word in fresh], np.uint64))["kind"]
    assert (kinds != Kind.OUTPUT).sum() == session.answers(1)
    dice = random.Random(seed)
    cuts = [dice.randrange(fresh[-1][0]) for _ in range(3)]
    *_, last = received(image.params, packets, cuts, _IDLE)
    assert last == fresh, cuts
