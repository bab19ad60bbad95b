"""Passes: which cores are loaded together when the network is larger than the mesh."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import InputError
from ..network import INPUT, Network
from ..packets import SPIKE
from .fragments import AxonBlock
from .image import Feed, Pass
from .incoming import levels
from .params import ChipParams
from .plan import CorePlan
from .routes import Shared, Targets, find_targets, shared_axons

__all__ = ["Loads", "PassPlan", "cut_passes"]

Indices = npt.NDArray[np.int64]


@dataclass
class PassPlan:
    """Cores of one pass: core i of `plans` stands at places[i] of the mesh (row by row)."""

    index: int
    plans: list[CorePlan]
    places: list[int]

    @property
    def base(self) -> int:
        """Level of the first population: its network tick 0 is chip tick 0."""
        return min(plan.first_level for plan in self.plans)


def cut_passes(network: Network, plans: list[CorePlan], capacity: int) -> list[PassPlan]:
    """At most `capacity` cores a pass, sources before targets.

    Raises InputError when a recurrent connection would have to reach back to an earlier pass.
    """
    ordered = sorted(plans, key=lambda plan: plan.first_level)
    chunks = [ordered[i : i + capacity] for i in range(0, len(ordered), capacity)]
    passes = [PassPlan(i, chunk, list(range(len(chunk)))) for i, chunk in enumerate(chunks)]
    first, last = dict[str, int](), dict[str, int]()
    for run in passes:
        for part in (part for plan in run.plans for part in plan.parts):
            first.setdefault(part.population.name, run.index)
            last[part.population.name] = run.index
    for c in network.connections:
        if c.source != INPUT and last[c.source] > first[c.target]:
            raise InputError(
                f"the network needs {len(plans)} cores, {capacity} at a time, and connection "
                f"{c.source}->{c.target} would lead back to an earlier pass: use a larger mesh"
            )
    return passes


class Loads:
    """Which spikes stay in a pass, which the host carries from one pass to the next."""

    def __init__(self, network: Network, passes: list[PassPlan], params: ChipParams) -> None:
        self.network, self.passes, self.params = network, passes, params
        self.level = levels(network)
        self.home = {p.name: np.zeros(p.n, np.int64) for p in network.populations}
        for run in passes:
            for part in (part for plan in run.plans for part in plan.parts):
                self.home[part.population.name][part.fragment.neurons] = run.index
        self._carried = {p.name: np.zeros(p.n, bool) for p in network.populations}
        for run in passes:
            for _, block, _ in _blocks(run):
                if block.source != INPUT:
                    early = block.elements[self.home[block.source][block.elements] < run.index]
                    self._carried[block.source][early] = True
        if network[network.output].neuron.spiking:
            self._carried[network.output][:] = True
        self._rank = {name: _ranks(home) for name, home in self.home.items()}
        self._lines = [self._number_lines(run) for run in passes]

    def _size(self, source: str) -> int:
        return self.network.n_inputs if source == INPUT else self.network[source].n

    def _number_lines(self, run: PassPlan) -> dict[str, int]:
        lines, free = dict[str, int](), 0
        for p in self.network.order():
            if (self._carried[p.name] & (self.home[p.name] == run.index)).any():
                lines[p.name] = free
                free += int((self.home[p.name] == run.index).sum())
        if free > 1 << SPIKE.width:
            raise InputError(
                f"pass {run.index} sends {free} different spikes to the host, at most "
                f"{1 << SPIKE.width} can be told apart: use a larger mesh"
            )
        return lines

    def host_lines(self, run: PassPlan, population: str, neurons: Indices) -> Indices:
        """OUTPUT lines of these neurons of this pass; -1 where the host needs no spikes."""
        line = self._lines[run.index].get(population, 0) + self._rank[population][neurons]
        return np.where(self._carried[population][neurons], line, -1)

    def shared(self, run: PassPlan, source: str, arrival: int | None = None) -> Shared:
        """Axons in this pass that a source drives; `arrival`: only those that consume it then."""
        return shared_axons(
            (place, block.elements, base + block.offsets)
            for place, block, base in _blocks(run)
            if block.source == source and arrival in (None, block.arrival)
        )

    def targets(self, run: PassPlan, source: str, arrival: int | None = None) -> Targets:
        """The packets to these axons."""
        return find_targets(self._size(source), self.shared(run, source, arrival), self.params)

    def fed(self, run: PassPlan) -> list[tuple[str, int]]:
        """(source, arrival) of all axon blocks of a pass, in order."""
        wanted = {(b.source, b.arrival) for _, b, _ in _blocks(run)}
        return sorted(wanted, key=lambda w: (w[1], w[0] != INPUT, w[0]))

    def describe(self, run: PassPlan) -> Pass:
        """Feeds, lines and length of a pass."""
        feeds = []
        for source, arrival in self.fed(run):
            targets = self.targets(run, source, arrival)
            if source != INPUT:
                targets = targets.only(self.home[source] < run.index)
            if len(targets.axon) or source == INPUT:
                packets = targets.packets(self.params)
                feeds.append(Feed(source, arrival - run.base, targets.start, packets))
        return Pass(self._ticks(run, feeds), run.base, tuple(feeds), self._lines[run.index])

    def _ticks(self, run: PassPlan, feeds: list[Feed]) -> int:
        """Until every window has closed and every spike on its way has been discarded."""
        here = {part.population.name for plan in run.plans for part in plan.parts}
        ends = [self.level[name] - run.base for name in here]
        ends += [feed.level for feed in feeds]
        ends += [
            self.level[c.source] + 1 - run.base
            for c in self.network.connections
            if c.source in here and c.target in here
        ]
        return max(ends) + self.network.ticks


def _ranks(home: Indices) -> Indices:
    """Place of each neuron among those of its pass."""
    ranks = np.zeros(len(home), np.int64)
    for index in np.unique(home):
        here = np.flatnonzero(home == index)
        ranks[here] = np.arange(len(here))
    return ranks


def _blocks(run: PassPlan) -> Iterator[tuple[int, AxonBlock, int]]:
    """(place, axon block, its first axon) of every core."""
    for place, plan in zip(run.places, run.plans, strict=True):
        for base, block in plan.base.values():
            yield place, block, base
