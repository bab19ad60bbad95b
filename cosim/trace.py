"""What a run on a chip yields, whoever ran it: golden model or RTL."""

import hashlib
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from mapper.crossbar.image import ChipImage
from mapper.crossbar.layout import COUNTERS, Register
from mapper.decisions import class_scores

__all__ = ["COUNTED", "ChipTrace", "decide", "empty_trace", "join_traces", "sample_digests"]

COUNTED = tuple(r.name.lower() for r in COUNTERS if r != Register.CYCLES)
"""Counters that the golden model predicts exactly."""


@dataclass
class ChipTrace:
    """Everything that two engines are compared by, and what only hardware knows.

    spikes:     population -> bool (samples, network ticks, n), read back from the fired flags
    potentials: population -> int32 (samples, network ticks, n)
    outputs:    population -> bool (samples, network ticks, n): OUTPUT packets at the host, of the
                populations whose spikes the host receives
    counters:   name of COUNTED -> int64 (samples, cores)
    errors:     int64 (cores,), sticky error bits
    corrupt:    memories that did not hold what was programmed, as "core 3: synapse memory"
    cycles:     int64 (samples, chip ticks), clock cycles; empty from a golden model
    core_cycles: int64 (samples, cores), busy cycles; empty from a golden model
    """

    spikes: dict[str, npt.NDArray[np.bool_]]
    potentials: dict[str, npt.NDArray[np.int32]]
    outputs: dict[str, npt.NDArray[np.bool_]]
    counters: dict[str, npt.NDArray[np.int64]]
    errors: npt.NDArray[np.int64]
    corrupt: list[str] = field(default_factory=list)
    cycles: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    core_cycles: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 0), np.int64))

    @property
    def samples(self) -> int:
        """Number of samples."""
        return len(self.counters[COUNTED[0]])


def empty_trace(image: ChipImage, samples: int) -> ChipTrace:
    """A trace of zeros."""
    shapes = {p.name: (samples, image.network_ticks, len(p.core)) for p in image.populations}
    sent = {name for run in image.passes for name in run.lines}
    cores = len(image.cores)
    return ChipTrace(
        spikes={n: np.zeros(s, bool) for n, s in shapes.items()},
        potentials={n: np.zeros(s, np.int32) for n, s in shapes.items()},
        outputs={n: np.zeros(s, bool) for n, s in shapes.items() if n in sent},
        counters={n: np.zeros((samples, cores), np.int64) for n in COUNTED},
        errors=np.zeros(cores, np.int64),
    )


def decide(image: ChipImage, trace: ChipTrace) -> npt.NDArray[np.int64]:
    """Class of each sample, from what the host receives: final potentials or OUTPUT packets."""
    potentials = trace.potentials[image.output]
    # An output that only its potentials judge need not send its spikes.
    spikes = trace.outputs.get(image.output, np.zeros_like(potentials))
    return class_scores(image.decision, spikes, potentials[:, -1]).argmax(axis=1)


def join_traces(parts: list[ChipTrace]) -> ChipTrace:
    """One trace of the samples of all parts, in order; errors are those of any part."""

    def merge(name: str) -> dict[str, npt.NDArray]:
        first = getattr(parts[0], name)
        return {k: np.concatenate([getattr(p, name)[k] for p in parts]) for k in first}

    return ChipTrace(
        spikes=merge("spikes"),
        potentials=merge("potentials"),
        counters=merge("counters"),
        outputs=merge("outputs"),
        corrupt=[c for p in parts for c in p.corrupt],
        errors=np.bitwise_or.reduce([p.errors for p in parts]),
        cycles=np.concatenate([p.cycles for p in parts]),
        core_cycles=np.concatenate([p.core_cycles for p in parts]),
    )


def sample_digests(trace: ChipTrace) -> list[str]:
    """One SHA-256 per sample over all its spikes, potentials and outputs.

    Populations in alphabetical order: spikes as packed bits, potentials as little-endian int64;
    then outputs as packed bits.
    """
    digests = []
    for i in range(trace.samples):
        digest = hashlib.sha256()
        for name in sorted(trace.spikes):
            digest.update(np.packbits(trace.spikes[name][i]).tobytes())
            digest.update(trace.potentials[name][i].astype("<i8").tobytes())
        for name in sorted(trace.outputs):
            digest.update(np.packbits(trace.outputs[name][i]).tobytes())
        digests.append(digest.hexdigest())
    return digests
