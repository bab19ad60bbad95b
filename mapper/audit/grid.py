"""A GridImage against its Network."""

from collections import defaultdict
from typing import Any

import numpy as np

from ..network import INPUT, Network
from .grid_pe import Pe
from .weights import Driven, check_weights
from .words import Arrays, Mistakes, bits, columns_of, cores_of, named

__all__ = ["audit_grid"]

Spikes = dict[str, dict[int, int]]
"""Source -> element -> the spike address with which its spikes arrive."""


def audit_grid(network: Network, facts: dict[str, Any], arrays: Arrays, found: Mistakes) -> None:
    """Add to `found` what is wrong."""
    size = facts["params"]["pe"]
    pes = [Pe.read(i, registers, size, arrays) for i, registers in enumerate(facts["cores"])]
    _place(network, arrays, pes, found)
    if found:
        return
    spikes, tokens = _follow(network, facts, arrays, pes, found)
    for pe in pes:
        if not pe.neurons:
            continue
        if tokens[pe.index] != pe.sources:
            found.add("wrong tokens", f"PE {pe.index} waits for {pe.sources} tokens, "
                      f"{tokens[pe.index]} come")  # fmt: skip
        heard = sum(len(elements) for elements in spikes[pe.index].values())
        if heard > size["queue"]:
            found.add("over capacity", f"{heard} spikes can reach PE {pe.index} in a sample; its "
                      f"queue holds {size['queue']}")  # fmt: skip
        pe.check(network[pe.population], network.ticks, facts["lines"], found)
        _check_synapses(network, pe, spikes[pe.index], found)


def _place(network: Network, arrays: Arrays, pes: list[Pe], found: Mistakes) -> None:
    """Each neuron of the Network is one of a PE's, and each of those one of the Network's."""
    for p in network.populations:
        for j, (c, column) in enumerate(columns_of(p.name, arrays)):
            pe, where = pes[c], named(p.name, j, p.shape)
            if column >= pe.neurons or column in pe.holds or pe.population not in ("", p.name):
                found.add("wrong place", f"{where} is neuron {column} of PE {c}, which has only "
                          f"{pe.neurons}, or holds another there")  # fmt: skip
            pe.population = p.name
            pe.holds[column] = j
    for pe in pes:
        if len(pe.holds) < pe.neurons:
            found.add("foreign neuron", f"PE {pe.index} has {pe.neurons} neurons, of which "
                      f"{len(pe.holds)} are the Network's")  # fmt: skip


def _follow(
    network: Network, facts: dict[str, Any], arrays: Arrays, pes: list[Pe], found: Mistakes
) -> tuple[list[Spikes], dict[int, int]]:
    """Per PE what it hears, and how many tokens end its ticks."""
    mesh = facts["params"]["width"], facts["params"]["height"]
    spikes: list[Spikes] = [defaultdict(dict) for _ in pes]
    tokens: dict[int, int] = defaultdict(int)

    def arrive(source: str, element: int, address: int, where: Any) -> None:
        who = named(source, element, network.shape_of(source))
        for c in [] if where is None else where.tolist():
            if element in spikes[c][source]:
                found.add("doubled spike", f"spikes of {who} reach PE {c} twice")
            spikes[c][source][element] = address
        if where is None or any(not pes[c].neurons for c in where.tolist()):
            found.add("wrong route", f"a spike of {who} goes where there is no PE in use")

    start, packet = arrays["feed/start"], arrays["feed/packet"]
    elements = np.repeat(np.arange(len(start) - 1), np.diff(start))
    for i, word, where in zip(elements, packet, cores_of(packet, 52, *mesh), strict=True):
        arrive(INPUT, int(i), int(word) & 0xFFFF, where)
    for where in cores_of(arrays["tokens"], 52, *mesh):
        for c in [] if where is None else where.tolist():
            tokens[c] += 1
    unheard = [pe.index for pe in pes if spikes[pe.index][INPUT] and not tokens[pe.index]]
    if unheard:
        found.add("wrong tokens", f"the host sends spikes, but no tokens, to PE {unheard[0]}")
    for pe in pes:
        valid = pe.targets[bits(pe.targets, 12, 1) == 1]
        for where in cores_of(valid, 0, *mesh):
            for c in [] if where is None else where.tolist():
                tokens[c] += 1
            for column, j in pe.holds.items():
                arrive(pe.population, j, int(pe.spike[column]), where)
    return spikes, tokens


def _check_synapses(network: Network, pe: Pe, spikes: Spikes, found: Mistakes) -> None:
    """What each spike adds are the weights of the element that sends it; none is missing."""
    target = pe.population
    targets = np.array([pe.holds[k] for k in range(pe.neurons)])
    read = np.zeros(len(pe.weight), bool)
    driven: Driven = {}
    for source, heard in spikes.items():
        stored = np.zeros((len(heard), pe.neurons), np.int64)
        for sums, address in zip(stored, heard.values(), strict=True):
            pe.look_up(address, sums, read, found)
        driven[source, 0] = np.array([*heard], np.int64), stored
    check_weights(network, target, targets, driven, f"PE {pe.index}", found)
    unread = int((pe.weight[~read] != 0).sum())
    if unread:
        found.add("foreign synapse", f"PE {pe.index} has weights that no spike reads", unread)
