"""What a run on a chip yields, whoever ran it: golden model or RTL."""

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from mapper.decisions import class_scores
from mapper.image import Image

__all__ = ["COUNTED", "ChipTrace", "decide", "empty_trace"]

COUNTED = ("events", "synaptic_ops", "spikes", "stray")
"""Counters of every core of every fabric that a golden model predicts exactly."""


@dataclass
class ChipTrace:
    """Everything that two engines are compared by, and what only hardware knows.

    spikes:     population -> bool (samples, network ticks, n), as the neurons' memory tells
    potentials: population -> int32 (samples, ticks, n) after each of the last network ticks, or
                only the last one
    outputs:    population -> bool (samples, network ticks, n): OUTPUT packets at the host, of the
                populations whose spikes the host receives
    counters:   name of COUNTED -> int64 (samples, cores)
    errors:     int64 (cores,), sticky error bits
    corrupt:    memories that did not hold what was programmed, as "core 3: synapse memory"
    cycles:     int64 (samples, DONEs), clock cycles; empty from a golden model
    measured:   as counters, of all cores, with "cycles", in which a core was busy; empty from a
                golden model
    packets:    core -> bool (samples, chip ticks, route entries in use), the packets that it sent;
                only of a run core by core, and of its golden model
    """

    spikes: dict[str, npt.NDArray[np.bool_]]
    potentials: dict[str, npt.NDArray[np.int32]]
    outputs: dict[str, npt.NDArray[np.bool_]]
    counters: dict[str, npt.NDArray[np.int64]]
    errors: npt.NDArray[np.int64]
    corrupt: list[str] = field(default_factory=list)
    cycles: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    measured: dict[str, npt.NDArray[np.int64]] = field(default_factory=dict)
    packets: dict[int, npt.NDArray[np.bool_]] = field(default_factory=dict)

    @property
    def samples(self) -> int:
        """Number of samples."""
        return len(next(iter(self.counters.values())))


def empty_trace(
    image: Image, samples: int, sent: Collection[str], potential_ticks: int | None = None
) -> ChipTrace:
    """A trace of zeros.

    sent: populations whose spikes the host receives
    potential_ticks: the last ones, of which it holds the potentials; by default all
    """
    ticks, cores = image.network_ticks, len(image.cores)
    neurons = {p.name: len(p.core) for p in image.populations}
    kept = ticks if potential_ticks is None else potential_ticks
    return ChipTrace(
        spikes={name: np.zeros((samples, ticks, n), bool) for name, n in neurons.items()},
        potentials={name: np.zeros((samples, kept, n), np.int32) for name, n in neurons.items()},
        outputs={n: np.zeros((samples, ticks, neurons[n]), bool) for n in neurons if n in sent},
        counters={name: np.zeros((samples, cores), np.int64) for name in COUNTED},
        errors=np.zeros(cores, np.int64),
    )


def decide(image: Image, trace: ChipTrace) -> npt.NDArray[np.int64]:
    """Class of each sample, from what the host receives: final potentials or OUTPUT packets."""
    potentials = trace.potentials[image.output]
    # An output that only its potentials judge need not send its spikes.
    spikes = trace.outputs.get(image.output, np.zeros_like(potentials))
    return class_scores(image.decision, spikes, potentials[:, -1]).argmax(axis=1)
