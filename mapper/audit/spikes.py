"""Where spikes go on a mesh of crossbar cores: each axon's driver; each output line's neuron."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..network import INPUT, Network
from .neurons import Neurons
from .words import Arrays, Integers, Mistakes, bits, cores_of, named

__all__ = ["Spikes", "follow_spikes"]

Spikes = dict[int, tuple[str, int, int]]
"""Axon of a core -> (source, element, delay) of the spikes that arrive; the delay is that of a
population whose network tick 0 is the core's first tick."""


def follow_spikes(
    network: Network, facts: dict[str, Any], arrays: Arrays, places: Sequence[Neurons],
    found: Mistakes,
) -> list[Spikes]:  # fmt: skip
    """Per place what drives its axons. Adds what ends nowhere, or where something else does.

    places: of the mesh, row by row, of all passes
    """
    mesh = _Mesh(network, facts, places, found)
    for k, run in enumerate(facts["passes"]):
        for j, feed in enumerate(run["feeds"]):
            start, packet = (arrays[f"pass{k}/feed{j}/{n}"] for n in ("start", "packet"))
            element = np.repeat(np.arange(len(start) - 1), np.diff(start))
            if bits(packet, 49, 3).any():
                found.add("wrong route", f"pass {k}: the host feeds packets that are no spikes")
            rectangles = cores_of(packet, 52, mesh.width, mesh.height)
            for i, axon, where in zip(element, packet, rectangles, strict=True):
                mesh.arrive(feed["source"], int(i), int(axon), where, k, feed["level"])
            mesh.check_received(k, feed["source"], np.unique(element))
    for place in places:
        for column, neuron in place.holds.items():
            mesh.send(place, *neuron, place.routes_of(column))
    if network[network.output].kind != "readout":
        mesh.check_received(len(facts["passes"]), network.output,
                            np.arange(network.size_of(network.output)))  # fmt: skip
    return mesh.spikes


class _Mesh:
    """The chip while its spikes are followed."""

    def __init__(
        self, network: Network, facts: dict[str, Any], places: Sequence[Neurons], found: Mistakes
    ) -> None:
        self.network, self.facts, self.places, self.found = network, facts, places, found
        self.width, self.height = facts["params"]["width"], facts["params"]["height"]
        self.spikes: list[Spikes] = [{} for _ in places]
        self.lines: dict[tuple[str, int], int] = {}  # neuron -> the pass that tells the host
        self._find_lines()

    def _find_lines(self) -> None:
        """The neurons that reach the host, whichever line they use."""
        for place in self.places:
            for column, neuron in place.holds.items():
                if bits(place.routes_of(column), 29, 1).any():
                    self.lines[neuron] = place.index // (self.width * self.height)

    def name(self, source: str, element: int) -> str:
        return named(source, element, self.network.shape_of(source))

    def arrive(
        self, source: str, element: int, word: int, where: Integers | None, run: int, tick: int
    ) -> None:
        """A spike that arrives for chip tick `tick`, counted from the source's network tick."""
        who = self.name(source, element)
        if where is None:
            self.found.add("wrong route", f"a spike of {who} has a rectangle beyond the mesh")
            return
        row, phase = word & 0x7FF, word >> 11 & 0x3F
        for crossing in where.tolist():
            place = self.places[run * self.width * self.height + crossing]
            axon = place.axon(row, phase)
            if axon is None:
                self.found.add("wrong route", f"a spike of {who} goes to row {row}, phase {phase} "
                               f"of {place.where}, which has no such axon")  # fmt: skip
                continue
            driven = self.spikes[place.index]
            if axon in driven:
                self.found.add("foreign axon", f"axon {axon} of {place.where} is driven by "
                               f"{self.name(*driven[axon][:2])} and by {who}")  # fmt: skip
            driven[axon] = source, element, tick - place.first_tick

    def send(self, place: Neurons, population: str, j: int, routes: Integers) -> None:
        """The routes of a neuron: spikes to cores, and at most one line to the host."""
        run = place.index // (self.width * self.height)
        to_host = bits(routes, 29, 1).astype(bool)
        spikes = routes[~to_host]
        tick = place.first_tick + place.opens[population] + 1
        rectangles = cores_of(spikes, 17, self.width, self.height)
        for word, where in zip(spikes.tolist(), rectangles, strict=True):
            self.arrive(population, j, word, where, run, tick)
        if not to_host.any():
            return
        together = self.places[run * self.width * self.height :][: self.width * self.height]
        own = [n for other in together for p, n in other.holds.values() if p == population]
        first = self.facts["passes"][run]["lines"].get(population)
        line = (bits(routes, 0, 17)[to_host]).tolist()
        right = None if first is None else first + sum(n < j for n in own)
        if line != [right]:
            self.found.add("wrong output line", f"{self.name(population, j)} tells the host "
                           f"lines {line}, expected {right}")  # fmt: skip

    def check_received(self, run: int, source: str, elements: Integers) -> None:
        """What the host feeds to pass `run`, or decides by, it has heard in an earlier pass."""
        if source == INPUT:
            return
        silent = [i for i in elements.tolist() if self.lines.get((source, i), run) >= run]
        if silent:
            self.found.add("wrong output line", f"{self.name(source, silent[0])} never tells the "
                           "host of its spikes", len(silent))  # fmt: skip
