"""One engine's run of some samples, with what every core counted in every tick."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mapper.image import Image

from ..engines import Stalls, make_engine
from ..fabrics import find_fabric
from ..trace import ChipTrace
from .inspectors import find_inspector
from .probes import Probed, probe

__all__ = ["GOLDEN", "Observed", "Run"]

Ints = npt.NDArray[np.int64]
GOLDEN = "golden"
"""The golden model's name among the engines."""


@dataclass(frozen=True)
class Run:
    """What is run: spikes (samples, network ticks, inputs); pace: one of `host.PACES`."""

    image: Image[Any]
    spikes: npt.NDArray[Any]
    stalls: Stalls
    pace: str = "tick"

    def golden(self) -> ChipTrace:
        """The golden model's trace."""
        return find_fabric(self.image, self.pace).golden(self.image, self.spikes, self.pace)

    def probed(self) -> Probed:
        """The packets, with probes."""
        session = find_fabric(self.image, self.pace).session(self.image, self.pace)
        return probe(self.image, session.packets(self.spikes, self.golden().outputs))

    def decode(self, probed: Probed, answers: npt.NDArray[np.uint64]) -> "tuple[ChipTrace, Ints]":
        """Trace and counts of a run of `probed`."""
        session = find_fabric(self.image, self.pace).session(self.image, self.pace)
        rest, counts = probed.split(answers)
        return session.decode(rest, len(self.spikes)), counts

    def done(self, core: int, sample: int, tick: int) -> int:
        """Which DONE ends chip tick `tick` (of the core's pass) of a sample: its number."""
        if self.pace != "tick":
            return sample
        ticks = find_inspector(self.image).ticks(self.image)
        index = core // self.image.params.cores
        return len(self.spikes) * sum(ticks[:index]) + sample * ticks[index] + tick

    def observe(self, engine: str) -> "Observed":
        """Run it on an engine, or on the golden model."""
        if engine == GOLDEN:
            counts = find_inspector(self.image).counts(self.image, self.spikes)
            return Observed(engine, self.golden(), self._by_done(counts))
        probed = self.probed()
        answers = make_engine(engine, self.image.params).exchange(
            probed.packets, probed.answers, self.stalls
        )
        return Observed(engine, *self.decode(probed, answers))

    def _by_done(self, counts: Ints) -> Ints:
        """(samples, chip ticks of all passes, cores, 4) in the order of the DONEs."""
        if self.pace != "tick":
            return counts.sum(axis=1)
        ticks = find_inspector(self.image).ticks(self.image)
        parts = np.split(counts, np.cumsum(ticks)[:-1], axis=1)
        return np.concatenate([p.reshape(-1, *p.shape[2:]) for p in parts])


@dataclass(frozen=True)
class Observed:
    """counts: (DONEs, cores of the mesh, 4), what each tick added to COUNTED."""

    engine: str
    trace: ChipTrace
    counts: Ints
