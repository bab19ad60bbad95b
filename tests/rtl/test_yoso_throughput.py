"""How fast a PE is: one weight update per cycle from six neurons on, and a sample's cycles."""

from mapper.yoso.params import PeParams
from rtl.yoso.operation import Kind

from .pe_driver import PeDriver, Program, spike, token
from .test_yoso_pe import run

PE = PeParams(
    neurons=32, weights=64, weight_bits=4, accumulator_bits=12, potential_bits=16, queue=32,
    ticks=2,
)  # fmt: skip
LATENCY = 6
"""Cycles from a neuron's load to its store; then it can be loaded again."""


def dense(neurons: int) -> Program:
    return Program(neurons, 1, 2, [1] * 64, [2000] * neurons, {"psp": 1})


def test_weight_updates_per_cycle(simulate):
    """Without a gap within a spike and from spike to spike, unless a neuron is still on its way."""
    spikes, driver, cycles = 10, PeDriver(PE), []

    async def watch(ctx):
        load = driver.pe.load
        while True:
            *_, reads, kind = await ctx.tick().sample(load.reads, load.i.p.kind)
            if reads and kind == Kind.ADD:
                cycles.append(driver.cycle)

    async def bench(ctx):
        for sample, neurons in enumerate([*range(1, 10), 32]):
            await driver.send(ctx, dense(neurons).packets())
            await driver.settle(ctx)
            cycles.clear()
            packets = [*(spike(i, 0, sample % 2) for i in range(spikes)), token(0, sample % 2)]
            await driver.send(ctx, packets + [token(1, sample % 2)])
            await driver.settle(ctx)
            assert len(cycles) == spikes * neurons
            period = max(neurons, LATENCY)
            assert cycles[-1] - cycles[0] == (spikes - 1) * period + neurons - 1, neurons

    run(simulate, driver, bench, watch)


def test_cycles_of_a_sample(simulate):
    """Clearing and each tick's update take a cycle per neuron, each spike one per weight; the rest
    is filling and draining the pipeline: 7 cycles a pass, 3 in a tick with spikes.
    """
    driver = PeDriver(PE)

    async def bench(ctx):
        sample = 0
        for neurons in (8, 20):
            await driver.send(ctx, dense(neurons).packets())
            passes = 1 + dense(neurons).ticks
            for counts in ((0, 0), (1, 0), (5, 0), (2, 3)):
                await driver.settle(ctx)
                start = driver.cycle
                packets = []
                for tick, count in enumerate(counts):
                    packets += [spike(i, tick, sample) for i in range(count)]
                    packets.append(token(tick, sample))
                await driver.send(ctx, packets)
                await driver.settle(ctx)
                filling = 7 * passes + 3 * sum(count > 0 for count in counts)
                assert driver.cycle - start == (passes + sum(counts)) * neurons + filling
                sample ^= 1

    run(simulate, driver, bench)
