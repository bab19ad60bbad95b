"""How fast a PE is: one weight update per cycle from six neurons on, and a sample's cycles."""

from mapper.yoso.params import PeParams
from rtl.yoso.operation import Kind

from .pe_driver import PeDriver, Program, spike, token
from .test_yoso_pe import PE as LISTED
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


def test_a_lazy_pe_updates_only_blocks_that_got_spikes(simulate):
    """Eight neurons at a time; without PSP, what a tick touched is forgotten with it."""
    driver, updated = PeDriver(LISTED), list[tuple[int, int]]()
    mode, rows = {"listed": 1, "lazy": 1}, [[(0, 3, 1)], [(0, 15, 3)]]
    program = Program(30, 1, 5, [1] * 128, [100] * 30, mode, rows)
    spikes = {0: [0], 2: [1, 0], 3: [1]}

    async def watch(ctx):
        load, control = driver.pe.load, driver.pe.control
        while True:
            *_, reads, kind, neuron, tick = await ctx.tick().sample(
                load.reads, load.i.p.kind, load.neuron, control.tick
            )
            if reads and kind == Kind.UPDATE:
                updated.append((tick, neuron))

    async def bench(ctx):
        await driver.send(ctx, program.packets())
        for tick in range(program.ticks):
            await driver.settle(ctx)
            await driver.send(ctx, [*(spike(a, tick) for a in spikes.get(tick, ())), token(tick)])
        await driver.settle(ctx)

    run(simulate, driver, bench, watch)
    touched = {0: range(8), 2: range(24), 3: range(8, 24)}
    assert updated == [(tick, neuron) for tick, block in touched.items() for neuron in block]
