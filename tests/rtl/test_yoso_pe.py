"""One PE against plain Python: dense and listed layers, any order of arrival, stalls."""

import random

import pytest

from mapper.packets import Kind
from mapper.yoso.layout import TAG, TOKEN, NeuronField, Register, neuron_address
from mapper.yoso.params import PeParams

from .pe_driver import PeDriver, Program, read, register, spike, state, token

PE = PeParams(
    neurons=32, weights=128, weight_bits=4, accumulator_bits=12, potential_bits=16, queue=32,
    ticks=8, rows=32, runs=64,
)  # fmt: skip


def random_program(dice: random.Random) -> Program:
    neurons, ticks = dice.choice((1, 2, 3, 9, 20, 32)), dice.randrange(1, 9)
    mode = {"psp": dice.randrange(2), "silent": int(dice.random() < 0.2),
            "listed": dice.randrange(2), "host": 1}  # fmt: skip
    low = dice.choice((-5, 1))
    thresholds = [dice.randrange(low, 40) for _ in range(neurons)]
    mode["lazy"] = int(min(thresholds) > 0)
    rows = []
    for _ in range(16):
        runs = [(dice.randrange(96), n := dice.randrange(neurons),
                 dice.randrange(1, neurons - n + 1))
                for _ in range(dice.randrange(4))]  # fmt: skip
        rows.append(runs)
    return Program(
        neurons, dice.randrange(1, 4), ticks, [dice.randrange(-8, 8) for _ in range(128)],
        thresholds, mode, rows, [{"x1": 2}, {"x0": 1, "y1": 1}][: dice.randrange(3)], line=7,
    )  # fmt: skip


def random_sample(program: Program, dice: random.Random) -> list[list[int]]:
    addresses = dice.sample(range(16), 16) if program.mode["listed"] else (
        [dice.randrange(129 - program.neurons) for _ in range(20)])  # fmt: skip
    spikes: list[list[int]] = [[] for _ in range(program.ticks)]
    for address in addresses:
        if dice.random() < 0.7:
            spikes[dice.randrange(program.ticks)].append(address)
    return spikes


def shuffled(program: Program, spikes: list[list[int]], dice: random.Random,
             sample: int) -> list[int]:  # fmt: skip
    """Packets of several sources, each in its own order, interleaved at random."""
    streams: list[list[int]] = [[] for _ in range(program.sources)]
    for tick, addresses in enumerate(spikes):
        for address in addresses:
            dice.choice(streams).append(spike(address, tick, sample))
        for stream in streams:
            stream.append(token(tick, sample))
    packets = []
    while any(streams):
        packets.append(dice.choice([s for s in streams if s]).pop(0))
    return packets


@pytest.mark.parametrize("seed", range(15))
def test_samples_like_plain_python(simulate, seed):
    dice = random.Random(seed)
    program = random_program(dice)
    driver = PeDriver(PE, seed, stall=(0.0, 0.3, 0.7)[seed % 3])
    samples = [random_sample(program, dice) for _ in range(2)]

    async def bench(ctx):
        await driver.send(ctx, program.packets())
        for number, spikes in enumerate(samples):
            await driver.settle(ctx)
            first = len(driver.received)
            await driver.send(ctx, shuffled(program, spikes, dice, number % 2))
            await driver.settle(ctx)
            fired, final = program.run(spikes)
            check_packets(program, driver.received[first:], fired, number % 2)
            address = neuron_address(0, NeuronField.STATE)
            words = await driver.answers(ctx, [read(address, program.neurons, 8)], program.neurons)
            assert [state(w) for w in words] == final
        errors, cycles, events, adds, spikes_out, stray = await driver.answers(
            ctx, [read(register(Register.ERRORS), 6)], 6
        )
        assert (errors, stray) == (0, 0)
        assert events == sum(len(tick) for spikes in samples for tick in spikes)
        assert adds == sum(len(program.adds(a)) for s in samples for tick in s for a in tick)
        assert spikes_out == sum(len(f) for s in samples for f in program.run(s)[0])

    run(simulate, driver, bench)


def check_packets(program: Program, packets: list[dict[str, int]], fired: list[list[int]],
                  sample: int, stops: bool = False) -> None:  # fmt: skip
    """Spikes of a tick to every target and the host, in any order, then its tokens; `stops`: the
    last tick has a token that stops the sample instead.
    """
    expected = []
    for tick, neurons in enumerate(fired):
        tag = int(TAG.pack(tick=tick, sample=sample))
        for n in neurons:
            expected += [(Kind.SPIKE, 100 + n, tag)] * len(program.targets)
            expected.append((Kind.OUTPUT, 7 + n, tag))
        if stops and tick == len(fired) - 1:
            expected.append((Kind.TICK, int(TOKEN.pack(stop=1)), tag))
        else:
            expected += [(Kind.TICK, 0, tag)] * len(program.targets)
    assert [(p["kind"], p["data"], p["address"]) for p in packets] == expected


def run(simulate, driver: PeDriver, bench, *background) -> None:
    async def collect(ctx):
        await driver.collect(ctx)

    simulate(driver.pe, bench, background=[collect, *background])
