"""Neuron step and column sum against plain Python."""

import random

import pytest

from mapper.crossbar.layout import DECAY_CODE, RESET_CODE
from mapper.crossbar.params import CoreParams
from mapper.semantics import DecayKind, Reset
from rtl.crossbar.column_sum import ColumnSum
from rtl.crossbar.neuron_step import NeuronStep
from tests.naive import Rule, State, step

CORE = CoreParams(axons=24, neurons=32, lanes=8, update_lanes=8, max_extension=4, potential_bits=12)


def documented(case, bits):
    """(v, held, fired, saturated) after the step, by the naive model."""
    kind = "readout" if case["silent"] else "threshold"
    rule = Rule(kind, case["decay"], case["amount"], case["reset"], case["threshold"], case["bias"])
    state = State(case["v"], held=bool(case["held"]))
    fired, saturated = step(rule, state, case["current"], bits)
    return state.v, state.held, fired, saturated


def random_case(dice, bits):
    limit = 1 << (bits - 1)
    edge = [-limit, limit - 1, 0, -1, 1]
    value = lambda: dice.choice(edge) if dice.random() < 0.3 else dice.randrange(-limit, limit)  # noqa: E731
    decay = dice.choice(list(DecayKind))
    shifts = decay in (DecayKind.SHIFT, DecayKind.HALVE)
    # A subtract reset below minus infinity cannot happen: the overflow proof excludes it.
    threshold = value()
    v = value()
    return {
        "v": v, "held": int(dice.random() < 0.1),
        "current": dice.randrange(-(1 << (CORE.sum_bits - 1)), 1 << (CORE.sum_bits - 1))
        if dice.random() < 0.3 else dice.randrange(-300, 300),
        "bias": value() if dice.random() < 0.2 else dice.randrange(-50, 50),
        "threshold": max(threshold, 0) if dice.random() < 0.7 else threshold,
        "decay": decay, "amount": dice.randrange(1, 8) if shifts else 0,
        "reset": dice.choice(list(Reset)), "silent": int(dice.random() < 0.2),
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_neuron_step(simulate, seed):
    dice, bits = random.Random(seed), CORE.potential_bits
    part = NeuronStep(CORE)
    cases = [random_case(dice, bits) for _ in range(600)]
    wrap = 1 << bits

    async def bench(ctx):
        ctx.set(part.valid, 0b11)
        for i in range(len(cases) + part.LATENCY):
            if i < len(cases):
                c = cases[i]
                ctx.set(part.v, c["v"])
                ctx.set(part.held, c["held"])
                ctx.set(part.sum, c["current"])
                ctx.set(part.bias, c["bias"])
                ctx.set(part.threshold, c["threshold"])
                ctx.set(part.control, {
                    "decay": DECAY_CODE[c["decay"]], "amount": c["amount"],
                    "reset": RESET_CODE[c["reset"]], "silent": c["silent"],
                })  # fmt: skip
            await ctx.tick()
            done = i - part.LATENCY + 1
            if done >= 0 and done < len(cases):
                c = cases[done]
                v, held, fired, saturated = documented(c, bits)
                actual_v = ctx.get(part.v_next)
                assert (actual_v - v) % wrap == 0, (seed, done, c, actual_v, v)
                assert ctx.get(part.held_next) == held, (seed, done, c)
                assert ctx.get(part.fired) == fired, (seed, done, c)
                assert ctx.get(part.saturated) == saturated, (seed, done, c)

    simulate(part, bench)


@pytest.mark.parametrize("lanes", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("widest", [1, 2, 6, 8])
def test_column_sum(simulate, lanes, widest):
    dice = random.Random(lanes * 10 + widest)
    core = CoreParams(axons=24, neurons=64, lanes=16, update_lanes=lanes, max_extension=4)
    lengths = [dice.randrange(1, widest + 1) for _ in range(30)]
    columns = sum(lengths)
    total = -(-columns // lanes) * lanes
    terms = [dice.randrange(-500, 500) for _ in range(columns)] + [0] * (total - columns)
    lasts = [0] * total
    expected, first = {}, 0
    for length in lengths:
        lasts[first + length - 1] = 1
        expected[first + length - 1] = sum(terms[first : first + length])
        first += length
    summer, found = ColumnSum(core), {}

    async def bench(ctx):
        chunks = total // lanes
        for cycle in range(chunks + summer.LATENCY):
            valid = cycle < chunks
            ctx.set(summer.i_valid, valid)
            if valid:
                part = slice(cycle * lanes, (cycle + 1) * lanes)
                for lane, term in enumerate(terms[part]):
                    ctx.set(summer.terms[lane], term)
                ctx.set(summer.lasts, sum(bit << i for i, bit in enumerate(lasts[part])))
            chunk = cycle - summer.LATENCY
            if chunk >= 0:
                for lane in range(lanes):
                    found[chunk * lanes + lane] = ctx.get(summer.sums[lane])
            await ctx.tick()

    simulate(summer, bench)
    assert {c: found[c] for c in expected} == expected
