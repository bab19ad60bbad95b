"""The ping-pong schedule: passes one after the other, their cycles, and the energy of it all.

Zou et al. 2021, section 3.1 and 4.4: while the cores compute with one weight memory, the host
writes the other. A pass computes a batch of samples before the next one takes its place, and the
host port carries one word or spike per cycle, both in turn.
"""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from ..errors import InputError
from .loading import WORD_BYTES

__all__ = ["CLOCK_HZ", "PJ_PER_SYNAPTIC_OP", "PassCost", "Schedule"]

CLOCK_HZ = 252_000_000
PJ_PER_SYNAPTIC_OP = 0.57
"""Both of the chip of Kuang et al. 2021, as quoted in Zou et al. 2021, section 4.4: at 0.9 V, idle
power included. A synaptic operation is a spike at a synapse that is on."""


@dataclass(frozen=True)
class PassCost:
    """One load of the mesh; cycles, packets and operations are expected values per sample.

    layers:         populations that it computes
    places:         cores in use, row by row
    first_words:    written before its first run;  words: before every later one
    host_cycles:    spikes that the host sends, one a cycle, before their tick
    core_cycles:    sum over the ticks of the slowest core's counting and updating
    mesh_cycles:    sum over the ticks of the packets on the busiest link
    latency_cycles: of tick starts and last packets in the mesh
    """

    layers: tuple[str, ...]
    places: tuple[int, ...]
    first_words: int
    words: int
    ticks: int
    host_cycles: float
    core_cycles: float
    mesh_cycles: float
    latency_cycles: float
    host_out: float
    synaptic_ops: float

    @property
    def tick_cycles(self) -> float:
        """From TICKs to their DONEs: what a chip measures."""
        return self.core_cycles + self.mesh_cycles + self.latency_cycles

    @property
    def cycles(self) -> float:
        """Host spikes, then the ticks; nothing overlaps."""
        return self.host_cycles + self.tick_cycles

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self) | {
            "layers": list(self.layers), "places": list(self.places),
            "bytes": self.words * WORD_BYTES, "cycles": self.cycles,
        }  # fmt: skip


@dataclass(frozen=True)
class Schedule:
    """Passes in turn, again and again, each for a batch of samples.

    banks:   2: the next pass is written while one computes (ping-pong); 1: before it
    samples: computed per load, at least 1
    """

    passes: tuple[PassCost, ...]
    banks: int
    samples: int

    def __post_init__(self) -> None:
        if self.samples < 1 or self.banks not in (1, 2):
            raise InputError(
                f"expected samples >= 1 and 1 or 2 banks, not {self.samples} and {self.banks}"
            )

    @property
    def cycles(self) -> float:
        """Of a batch, once the schedule repeats."""
        after = (*self.passes[1:], self.passes[0])
        if self.banks == 1:
            return sum(self.samples * p.cycles + p.words for p in self.passes)
        return sum(
            max(self.samples * p.cycles, self.samples * p.host_cycles + following.words)
            for p, following in zip(self.passes, after, strict=True)
        )

    @property
    def compute_cycles_per_sample(self) -> float:
        """Without any loading."""
        return sum(p.cycles for p in self.passes)

    @property
    def cycles_per_sample(self) -> float:
        """Loading included."""
        return self.cycles / self.samples

    @property
    def samples_to_hide(self) -> int:
        """Samples per load from which on two banks hide all loading."""
        after = (*self.passes[1:], self.passes[0])
        loads = zip(self.passes, after, strict=True)
        return max(1, *(math.ceil(n.words / p.tick_cycles) for p, n in loads if p.tick_cycles))

    @property
    def frames_per_second(self) -> float:
        """At CLOCK_HZ."""
        return CLOCK_HZ / self.cycles_per_sample

    @property
    def synaptic_ops(self) -> float:
        """Per sample."""
        return sum(p.synaptic_ops for p in self.passes)

    @property
    def energy_uj(self) -> float:
        """Microjoules per sample: the counted operations times PJ_PER_SYNAPTIC_OP, nothing else."""
        return self.synaptic_ops * PJ_PER_SYNAPTIC_OP * 1e-6

    @property
    def bytes_per_sample(self) -> float:
        """Read from off-chip memory to load cores."""
        return sum(p.words for p in self.passes) * WORD_BYTES / self.samples

    def to_json(self) -> dict[str, Any]:
        """Plain values: totals, then pass by pass."""
        names = (
            "banks", "samples", "cycles_per_sample", "compute_cycles_per_sample",
            "frames_per_second", "synaptic_ops", "energy_uj", "bytes_per_sample",
            "samples_to_hide",
        )  # fmt: skip
        passes: Iterable[PassCost] = self.passes
        return {n: getattr(self, n) for n in names} | {"passes": [p.to_json() for p in passes]}
