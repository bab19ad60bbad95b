"""Every synapse of the Network is in the image exactly once, and nothing else is.

Decodes memories bit by bit from the documented layouts. Shares no code with the mapper, so that
one mistake cannot hide in both.
"""

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper.crossbar.compiler import map_network
from mapper.crossbar.params import CoreParams

CORE = CoreParams(axons=24, neurons=128, lanes=8, update_lanes=4, max_extension=16, routes=1024)
DECAYS, RESETS = ("none", "shift", "halve", "clear"), ("none", "zero", "subtract", "once")


def bits(word: int, first: int, count: int) -> int:
    return (int(word) >> first) & ((1 << count) - 1)


def rectangle(x0, y0, x1, y1, width) -> list[int]:
    return [y * width + x for y in range(y0, y1 + 1) for x in range(x0, x1 + 1)]


def axons_of_route(word, width):
    """(cores, row, phase) of a ROUTE word, or the output line as an integer."""
    row, phase = bits(word, 0, 11), bits(word, 11, 6)
    if bits(word, 29, 1):
        return row + (phase << 11)
    sides = [bits(word, first, 3) for first in (17, 20, 23, 26)]
    return [(core, phase, row) for core in rectangle(*sides, width)]


def axons_of_packet(packet, width):
    assert bits(packet, 49, 3) == 0  # a SPIKE
    sides = [bits(packet, first, 3) for first in (52, 55, 58, 61)]
    return [(c, bits(packet, 11, 6), bits(packet, 0, 11)) for c in rectangle(*sides, width)]


def complete_neurons(core):
    """Lists of columns; the last of each holds the state."""
    columns = []
    for column in range(core.columns):
        columns.append(column)
        if bits(core.control[column], 4, 1):
            yield columns
            columns = []
    assert not columns


def strength(word) -> int:
    return (-1 if bits(word, 3, 1) else 1) << bits(word, 0, 3)


def decode(image):
    """Weights by (source, i, target, j), parameters by (target, j), output lines by neuron."""
    width, params = image.params.width, image.params.core
    owner = {
        (int(core), int(column)): (p.name, j)
        for p in image.populations
        for j, (core, column) in enumerate(zip(p.core, p.column, strict=True))
    }
    drivers, outputs = defaultdict(list), {}
    mesh = image.params.width * image.params.height
    for k, load in enumerate(image.passes):
        for feed in load.feeds:
            for i in range(len(feed.start) - 1):
                for packet in feed.packet[feed.start[i] : feed.start[i + 1]]:
                    for core, *axon in axons_of_packet(packet, width):
                        drivers[(k * mesh + core, *axon)].append((feed.source, i))
    found, parameters, entries = {}, {}, defaultdict(int)
    for c, core in enumerate(image.cores):
        lines = image.passes[c // mesh].lines
        for columns in complete_neurons(core):
            last, key = columns[-1], owner.pop((c, columns[-1]))
            word = core.control[last]
            parameters[key] = (
                int(core.threshold[last]), int(core.bias[last]), int(core.initial[last]),
                DECAYS[bits(word, 5, 2)], bits(word, 7, 3), RESETS[bits(word, 10, 2)],
                bool(bits(word, 12, 1)),
            )  # fmt: skip
            start, count = bits(core.pointer[last], 0, 16), bits(core.pointer[last], 16, 16)
            for entry in range(start, start + count):
                entries[c, entry] += 1
                where = axons_of_route(core.route[entry], width)
                if isinstance(where, int):
                    assert key not in outputs
                    together = [n for n, place in enumerate(image[key[0]].core)
                                if place // mesh == c // mesh]  # fmt: skip
                    outputs[key] = together[where - lines[key[0]]]
                else:
                    for core_, *axon in where:
                        drivers[(c // mesh * mesh + core_, *axon)].append(key)
    assert not owner and all(n == 1 for n in entries.values())
    assert all(len(d) == 1 for d in drivers.values())  # no axon has two sources, none arrives twice
    on = 0
    for (c, phase, row), [source] in drivers.items():
        core = image.cores[c]
        assert row < params.axons and phase < 1 << core.extension
        block = phase * (params.neurons >> core.extension)
        useful = False
        for columns in complete_neurons(core):
            synapses = [core.synapse[row, block + column] for column in columns]
            on += sum(map(int, synapses))
            weight = sum(
                strength(core.control[k]) for k, s in zip(columns, synapses, strict=True) if s
            )
            target = next(
                (p.name, j) for p in image.populations
                for j in np.flatnonzero((p.core == c) & (p.column == columns[-1]))
            )  # fmt: skip
            if weight:
                assert (*source, *target) not in found
                found[*source, target[0], int(target[1])] = weight
            useful |= any(map(bool, synapses))
    assert on == sum(int(core.synapse.sum()) for core in image.cores)  # nothing beside these
    return found, parameters, outputs


def expected(network):
    found = defaultdict(int)
    for c in network.connections:
        weight = c.matrix().toarray()
        for j, i in np.argwhere(weight):
            found[c.source, int(i), c.target, int(j)] += int(weight[j, i])
    return {key: weight for key, weight in found.items() if weight}


def check(network, image):
    found, parameters, outputs = decode(image)
    assert found == expected(network)
    for p in network.populations:
        for j in range(p.n):
            threshold = int(p.threshold[j]) if p.neuron.spiking else 0
            assert parameters.pop((p.name, j)) == (
                threshold, int(p.bias[j]), int(p.initial[j]), str(p.decay.kind), p.decay.amount,
                str(p.reset), not p.neuron.spiking,
            )  # fmt: skip
    assert not parameters
    output = network[network.output]
    lines = {(output.name, j): j for j in range(output.n)} if output.neuron.spiking else {}
    assert all(line == j for (_, j), line in outputs.items())
    assert outputs == lines if len(image.passes) == 1 else outputs.keys() >= lines.keys()


@given(seed=st.integers(0, 2**32))
@settings(max_examples=60)
def test_random_networks(seed, make_network):
    network = make_network(seed)
    check(network, map_network(network, CORE))


@pytest.mark.parametrize("mesh", [None, (8, 8), (2, 7)])
def test_large_layers(mesh, make_network):
    network = make_network(1, levels=[[70, 30], [60], [5]], inputs=30, formats=["int3", "ternary"],
                           recurrent=0.2, ticks=2)  # fmt: skip
    image = map_network(network, replace(CORE, neurons=512, axons=32, routes=8192), mesh)
    assert max(c.extension for c in image.cores) > 0 and image.params.cores > 3
    check(network, image)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=30)
def test_several_passes(seed, make_network):
    network = make_network(seed, recurrent=0, levels=[[9, 40], [30], [12]], inputs=15)
    image = map_network(network, CORE, mesh=(2, 1))
    assert len(image.passes) > 1
    check(network, image)


def test_a_synapse_too_many_is_noticed(make_network):
    """The decoder itself is not blind."""
    network = make_network(1, levels=[[6]], inputs=9, formats=["ternary"], recurrent=0)
    image = map_network(network, CORE)
    for row in (0, 20):  # an axon in use; one that nothing drives
        image.cores[0].synapse[row, 0] ^= True
        with pytest.raises(AssertionError):
            check(network, image)
        image.cores[0].synapse[row, 0] ^= True
    check(network, image)


def test_idle_cores_are_empty(make_network):
    image = map_network(make_network(1, levels=[[2]], inputs=3), CORE, mesh=(3, 2))
    for core in image.cores[1:]:
        assert not any(array.any() for array in core.arrays().values())
        assert (core.columns, core.extension, core.first_tick, core.ticks) == (0, 0, 0, 0)
