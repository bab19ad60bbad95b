"""A whole Network in plain Python: loops over single neurons and single synapses.

It reads the fields of the Network and nothing else: no method of it, of its connections or of
its neuron kinds, so that it shares no mistake with `mapper.run` or the golden models.
"""

from itertools import product
from math import prod
from typing import Any

from .neuron import State, rule_of, step

__all__ = ["class_of", "run"]

Ticks = list[list[int]]
"""By tick, by neuron in C order: spikes, 0 or 1 (an input may be a pixel), or potentials."""


def flat(index: tuple[int, ...], shape: tuple[int, ...]) -> int:
    """Position of an element in C order."""
    position = 0
    for i, n in zip(index, shape, strict=True):
        position = position * n + i
    return position


def dense_synapses(weight: Any) -> list[tuple[int, int, int]]:
    """(source, target, weight) of each synapse."""
    return [(i, j, w) for j, row in enumerate(weight.tolist()) for i, w in enumerate(row) if w]


def conv_synapses(c: Any) -> list[tuple[int, int, int]]:
    """Cross-correlation: place o sees input o * stride - padding + k through kernel element k."""
    channels, inputs, *kernel = c.weight.shape
    spatial = c.input_shape[1:]
    places = [(n + 2 * p - k) // s + 1
              for n, p, k, s in zip(spatial, c.padding, kernel, c.stride, strict=True)]  # fmt: skip
    found = []
    for d, e in product(range(channels), range(inputs)):
        for k in product(*map(range, kernel)):
            w = int(c.weight[(d, e, *k)])
            for o in product(*map(range, places)) if w else ():
                moves = zip(o, c.stride, c.padding, k, strict=True)
                at = tuple(a * s - p + b for a, s, p, b in moves)
                if all(0 <= a < n for a, n in zip(at, spatial, strict=True)):
                    found.append((flat((e, *at), c.input_shape),
                                  flat((d, *o), (channels, *places)), w))  # fmt: skip
    return found


def synapses(c: Any) -> dict[int, list[tuple[int, int]]]:
    """Source element -> [(target neuron, weight)]."""
    kinds = {"Dense": lambda: dense_synapses(c.weight), "Conv": lambda: conv_synapses(c)}
    found: dict[int, list[tuple[int, int]]] = {}
    for i, j, w in kinds[type(c).__name__]():
        found.setdefault(i, []).append((j, w))
    return found


def in_order(network: Any) -> list[Any]:
    """Populations such that the sources of connections without delay come first."""
    order: list[Any] = []
    while len(order) < len(network.populations):
        done = {"input", *(p.name for p in order)}
        for p in network.populations:
            sources = {c.source for c in network.connections if c.target == p.name and not c.delay}
            if p.name not in done and sources <= done:
                order.append(p)
                break
    return order


def run(network: Any, sample: Ticks) -> tuple[dict[str, Ticks], dict[str, Ticks]]:
    """(spikes, potentials) of every population for the input spikes of one sample."""
    order = in_order(network)
    wires = [(c, synapses(c)) for c in network.connections]
    states = {p.name: [State(int(v)) for v in p.initial] for p in order}
    spikes: dict[str, Ticks] = {"input": sample, **{p.name: [] for p in order}}
    potentials: dict[str, Ticks] = {p.name: [] for p in order}
    for t in range(network.ticks):
        for p in order:
            sums = [0] * prod(p.shape)
            for c, found in wires:
                if c.target == p.name and t >= c.delay:
                    for i, fired in enumerate(spikes[c.source][t - c.delay]):
                        for j, w in found.get(i, ()) if fired else ():
                            sums[j] += w * fired
            mine = states[p.name]
            spikes[p.name].append(
                [int(step(rule_of(p, j), s, sums[j])[0]) for j, s in enumerate(mine)]
            )
            potentials[p.name].append([s.v for s in mine])
    return spikes, potentials


def class_of(network: Any, spikes: dict[str, Ticks], potentials: dict[str, Ticks]) -> int:
    """The class: the best neuron of the output population; on a tie the lowest index."""
    fired, last = spikes[network.output], potentials[network.output][-1]
    best, winner = None, 0
    for j, v in enumerate(last):
        ticks = [t for t, row in enumerate(fired) if row[j]]
        score: tuple[int, ...] = (v,)
        if network.decision == "spikes":
            score = (len(ticks),)
        if network.decision == "first_spike":
            score = (-min(ticks, default=network.ticks), v)
        if best is None or score > best:
            best, winner = score, j
    return winner
