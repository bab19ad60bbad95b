"""Where spikes go on a crossbar chip: each axon's driver; each output line's neuron."""

from typing import Any

import numpy as np

from ..network import INPUT, Network
from .crossbar_core import Core
from .words import Arrays, Integers, Mistakes, bits, cores_of, named

__all__ = ["Spikes", "follow_spikes"]

Spikes = dict[int, tuple[str, int, int]]
"""Axon of a core -> (source, element, delay) of the spikes that arrive; the delay is that of a
population whose network tick 0 is the core's first tick."""


def follow_spikes(
    network: Network, facts: dict[str, Any], arrays: Arrays, cores: list[Core], found: Mistakes
) -> list[Spikes]:
    """Per core what drives its axons. Adds what ends nowhere, or where something else does."""
    mesh = _Mesh(network, facts, cores, found)
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
    for core in cores:
        for column, neuron in core.holds.items():
            mesh.send(core, *neuron, core.routes_of(column))
    if network[network.output].kind != "readout":
        mesh.check_received(len(facts["passes"]), network.output,
                            np.arange(network.size_of(network.output)))  # fmt: skip
    return mesh.spikes


class _Mesh:
    """The chip while its spikes are followed."""

    def __init__(
        self, network: Network, facts: dict[str, Any], cores: list[Core], found: Mistakes
    ) -> None:
        self.network, self.facts, self.cores, self.found = network, facts, cores, found
        self.width, self.height = facts["params"]["width"], facts["params"]["height"]
        self.spikes: list[Spikes] = [{} for _ in cores]
        self.lines: dict[tuple[str, int], int] = {}  # neuron -> the pass that tells the host
        self._find_lines()

    def _find_lines(self) -> None:
        """The neurons that reach the host, whichever line they use."""
        for core in self.cores:
            for column, neuron in core.holds.items():
                if bits(core.routes_of(column), 29, 1).any():
                    self.lines[neuron] = core.index // (self.width * self.height)

    def name(self, source: str, element: int) -> str:
        return named(source, element, self.network.shape_of(source))

    def arrive(
        self, source: str, element: int, axon: int, where: Integers | None, run: int, tick: int
    ) -> None:
        """A spike that arrives for chip tick `tick`, counted from the source's network tick."""
        who = self.name(source, element)
        if where is None:
            self.found.add("wrong route", f"a spike of {who} has a rectangle beyond the mesh")
            return
        row, phase = axon & 0x7FF, axon >> 11 & 0x3F
        for place in where.tolist():
            core = self.cores[run * self.width * self.height + place]
            axons = core.size["axons"]
            if not core.columns or row >= axons or phase >> core.extension:
                self.found.add("wrong route", f"a spike of {who} goes to row {row}, phase {phase} "
                               f"of core {core.index}, which has no such axon")  # fmt: skip
                continue
            driven = self.spikes[core.index]
            if phase * axons + row in driven:
                first = driven[phase * axons + row]
                self.found.add("foreign axon", f"axon {phase * axons + row} of core {core.index} "
                               f"is driven by {self.name(*first[:2])} and by {who}")  # fmt: skip
            driven[phase * axons + row] = source, element, tick - core.first_tick

    def send(self, core: Core, population: str, j: int, routes: Integers) -> None:
        """The routes of a neuron: spikes to cores, and at most one line to the host."""
        run = core.index // (self.width * self.height)
        to_host = bits(routes, 29, 1).astype(bool)
        spikes = routes[~to_host]
        rectangles = cores_of(spikes, 17, self.width, self.height)
        for word, where in zip(spikes.tolist(), rectangles, strict=True):
            self.arrive(
                population, j, word, where, run, core.first_tick + core.opens[population] + 1
            )
        if not to_host.any():
            return
        together = self.cores[run * self.width * self.height :][: self.width * self.height]
        own = [n for core in together for p, n in core.holds.values() if p == population]
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
