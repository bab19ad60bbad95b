"""The golden PE == plain Python that adds one weight at a time, on memories full of anything."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosim.golden.pe_model import PeModel
from mapper.yoso.layout import MODE, ROW, RUN
from mapper.yoso.params import PeParams
from mapper.yoso.pe_image import PeImage

PE = PeParams(neurons=8, weights=64, accumulator_bits=10, potential_bits=12, rows=16, runs=16)
SIZES = {-1: 6, 3: 4}
"""Source -> its elements."""
MODES = ("psp", "silent", "listed", "exit")


def random_pe(rng: np.random.Generator, mode: dict[str, int]) -> PeImage:
    """Random weights, lists and thresholds; every word leads somewhere."""
    more = rng.integers(0, 4, PE.runs)
    start = rng.integers(0, PE.runs - 5, PE.rows)
    return replace(
        PeImage.empty(PE),
        weight=rng.integers(-32, 32, PE.weights).astype(np.int8),
        threshold=rng.integers(-20, 60, PE.neurons),
        row=ROW.pack(start=start, count=rng.integers(0, 5, PE.rows)).astype(np.int64),
        run=RUN.pack(weight=rng.integers(0, 60, PE.runs), neuron=rng.integers(0, 4, PE.runs),
                     more=more).astype(np.int64),
        neurons=7, mode=int(MODE.pack(**mode)),
    )  # fmt: skip


def lookup(pe: PeImage, address: int) -> list[tuple[int, int]]:
    """(neuron, weight) that a spike with this address adds, in order."""
    if not pe.has("listed"):
        return [(j, int(pe.weight[address + j])) for j in range(pe.neurons)]
    found, row = [], int(pe.row[address])
    for i in range(row & 0xFFFF, (row & 0xFFFF) + (row >> 16)):
        run = int(pe.run[i])
        weight, neuron, more = run & 0xFFFF, run >> 16 & 0x3FF, run >> 26
        found += [(neuron + k, int(pe.weight[weight + k])) for k in range(more + 1)]
    return found


def naive(pe: PeImage, arrivals, spikes, ticks: int):
    """One sample: (firing tick or None per neuron, potentials per tick, events, ops)."""
    a, v, fired = [0] * pe.neurons, [0] * pe.neurons, [None] * pe.neurons
    potentials, events, ops, ended = [], 0, 0, False
    for tick in range(ticks):
        for source, (elements, addresses) in arrivals.items():
            for element, address in zip(elements, addresses, strict=True):
                if spikes[source][tick, element] and not ended:
                    events += 1
                    for neuron, weight in lookup(pe, int(address)):
                        a[neuron] += weight
                        ops += 1
        for j in range(pe.neurons):
            if fired[j] is None and not ended:
                v[j] += a[j]
        for j in range(pe.neurons):
            if fired[j] is None and not ended and not pe.has("silent"):
                fired[j] = tick if v[j] >= pe.threshold[j] else None
        if not pe.has("psp"):
            a = [0] * pe.neurons
        ended = ended or (pe.has("exit") and any(t is not None for t in fired))
        potentials.append([*v])
    return fired, potentials, events, ops


@given(st.integers(0, 1 << 32), st.integers(0, 15), st.integers(1, 4))
def test_a_pe_adds_updates_and_fires(seed, modes, ticks):
    rng = np.random.default_rng(seed)
    pe = random_pe(rng, {name: modes >> i & 1 for i, name in enumerate(MODES)})
    limit = PE.rows if pe.has("listed") else PE.weights - pe.neurons
    arrivals = {
        source: (rng.integers(0, n, n + 2), rng.integers(0, limit, n + 2))
        for source, n in SIZES.items()
    }  # some elements send several packets, some none
    spikes = {s: rng.random((3, ticks, n)) < 0.4 for s, n in SIZES.items()}
    found = PeModel(pe, PE, arrivals, SIZES).run(spikes, ticks)
    for sample in range(3):
        one = {s: fired[sample] for s, fired in spikes.items()}
        fired, potentials, events, ops = naive(pe, arrivals, one, ticks)
        expected = np.array([[t == f for f in fired] for t in range(ticks)])
        np.testing.assert_array_equal(found.fired[sample], expected)
        np.testing.assert_array_equal(found.potentials[sample], potentials)
        assert (found.events[sample], found.synaptic_ops[sample]) == (events, ops)


@pytest.mark.parametrize("weight, saturated", [(31, False), (32, True), (-32, False), (-33, True)])
def test_the_bounds_of_an_accumulator(weight, saturated):
    """16 spikes in one tick: 512 = 2^9 is the first sum that 10 bits do not hold."""
    pe = replace(PeImage.empty(PE), weight=np.full(64, weight, np.int8), neurons=1,
                 mode=int(MODE.pack(silent=1)))  # fmt: skip
    arrivals = {0: (np.arange(16), np.zeros(16, np.int64))}
    found = PeModel(pe, PE, arrivals, {0: 16}).run({0: np.ones((1, 1, 16), bool)}, 1)
    assert found.saturated == saturated
