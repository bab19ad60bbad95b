"""What a neuron should have done in a tick, and which inputs would explain what it did."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Core", "Event", "Explanation", "Step"]

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Event:
    """A spike that arrives at a core: whose, where, and what it adds to the neuron.

    source: "input", a population, or "" if nothing should spike there; neuron: of the source
    """

    source: str
    neuron: int
    place: str
    weight: int
    route: str = ""

    def __str__(self) -> str:
        sender = f"{self.source} {self.neuron}" if self.source else "nobody's"
        return f"{sender} at {self.place}"


@dataclass(frozen=True)
class Core:
    """A core in one tick, before it: all that decides what its neurons do.

    events:  of every input that it has, with weight 0
    active:  bool (inputs,), which of them carry a spike
    weights: int64 (inputs, neurons)
    ops:     int64 (inputs,), synaptic operations that each input causes
    """

    events: list[Event]
    active: Bools
    weights: Ints
    ops: Ints

    def step(self, sums: Ints) -> tuple[Bools, Ints]:
        """(fired, potentials), both (k, neurons), for k alternatives of the weighted sums."""
        raise NotImplementedError

    def account(self, neuron: int, total: int) -> list["Step"]:
        """How the potential of a neuron comes about from the weighted sum."""
        raise NotImplementedError

    def variants(self, neuron: int, total: int) -> list[tuple[str, int, bool]]:
        """What a neuron with one other parameter would do: (parameter, potential, fired)."""
        raise NotImplementedError

    def total(self) -> Ints:
        """(neurons,), the weighted sums."""
        return self.active.astype(np.int64) @ self.weights

    def arriving(self, neuron: int) -> list[Event]:
        """The spikes of this tick, with their weights to a neuron."""
        return [
            Event(e.source, e.neuron, e.place, int(self.weights[i, neuron]), e.route)
            for i, e in enumerate(self.events)
            if self.active[i]
        ]


@dataclass(frozen=True)
class Step:
    """One line of a calculation."""

    what: str
    value: int | bool | str


@dataclass(frozen=True)
class Explanation:
    """cause: what the difference comes from, as far as can be told: "inputs" (other spikes came),
    "weights", "inputs or weights", "arithmetic" (of the neuron, or its parameters), "route" (to
    the host), "memory" (it is not what was programmed) or "unknown"

    findings: sentences, the most telling one first; events: those that should arrive
    """

    cause: str
    findings: list[str]
    events: list[Event]
    steps: list[Step]
    where: dict[str, Any]
