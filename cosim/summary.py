"""What Evidence keeps of samples that were compared: small, whatever the network's size."""

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from mapper.image import Image, arrays_under
from mapper.npz import Arrays

from .digests import sample_digests
from .scoreboard import Comparison, join_comparisons
from .trace import decide
from .verify import Verification

__all__ = ["Summary", "join_summaries", "summarize"]

MEASURED = ("events", "synaptic_ops", "spikes")


@dataclass
class Summary:
    """Samples of a run, golden model against hardware.

    digests:         uint8 (samples, 16), of what the hardware did (`digests.sample_digests`)
    classes:         int64 (samples,), the hardware's decisions; golden_classes: the golden model's
    cycles:          int64 (samples, waits of the host), clock cycles
    measured:        name of MEASURED -> int64 (samples,), summed over cores
    counts:          "input" or population -> int32 (samples, ticks), how many of them spiked
    first_sample:    of the first sample "input" (T, inputs), "spikes/NAME" and "potentials/NAME"
                     (T, n)
    seconds:         of the hardware's run; golden_seconds: of the golden model's
    """

    comparison: Comparison
    digests: npt.NDArray[np.uint8]
    classes: npt.NDArray[np.int64]
    golden_classes: npt.NDArray[np.int64]
    cycles: npt.NDArray[np.int64]
    measured: Arrays
    counts: Arrays
    first_sample: Arrays
    seconds: float
    golden_seconds: float

    @property
    def samples(self) -> int:
        """Number of samples."""
        return len(self.digests)

    def arrays(self) -> Arrays:
        """Everything as arrays, for a file."""
        facts = asdict(self.comparison) | {
            "seconds": self.seconds, "golden_seconds": self.golden_seconds
        }  # fmt: skip
        found: Arrays = {"facts": np.frombuffer(json.dumps(facts).encode(), np.uint8)}
        found |= {name: getattr(self, name) for name in _PLAIN}
        for name in _NAMED:
            found |= {f"{name}/{key}": array for key, array in getattr(self, name).items()}
        return found

    @classmethod
    def load(cls, arrays: Arrays) -> "Summary":
        """Inverse of `arrays`; KeyError, TypeError, ValueError for anything else."""
        facts = json.loads(arrays["facts"].tobytes())
        found: dict[str, Any] = {name: arrays[name] for name in _PLAIN}
        found |= {name: arrays_under(arrays, f"{name}/") for name in _NAMED}
        found |= {name: facts.pop(name) for name in ("seconds", "golden_seconds")}
        return cls(comparison=Comparison(**facts), **found)


_PLAIN = ("digests", "classes", "golden_classes", "cycles")
_NAMED = ("measured", "counts", "first_sample")
assert {*_PLAIN, *_NAMED, "comparison", "seconds", "golden_seconds"} == {
    f.name for f in fields(Summary)
}


def summarize(image: Image, run: Verification, spikes: npt.NDArray[np.generic]) -> Summary:
    """Of a run of `spikes` (samples, ticks, inputs)."""
    rtl = run.rtl
    first = {"input": spikes[0]}
    for name, fired in rtl.spikes.items():
        first |= {f"spikes/{name}": fired[0], f"potentials/{name}": rtl.potentials[name][0]}
    return Summary(
        comparison=run.comparison,
        digests=sample_digests(rtl, spikes),
        classes=decide(image, rtl),
        golden_classes=decide(image, run.golden),
        cycles=rtl.cycles,
        measured={name: rtl.measured[name].sum(axis=1) for name in MEASURED},
        counts={name: _counts(fired) for name, fired in ({"input": spikes} | rtl.spikes).items()},
        first_sample=first,
        seconds=run.rtl_seconds,
        golden_seconds=run.golden_seconds,
    )


def _counts(spikes: npt.NDArray[np.generic]) -> npt.NDArray[np.int32]:
    """Spikes of a population per sample and tick, from (samples, ticks, n)."""
    return np.count_nonzero(spikes, axis=2).astype(np.int32)


def join_summaries(parts: list[Summary]) -> Summary:
    """Of the samples of all parts, in order."""

    def named(name: str) -> Arrays:
        keys = getattr(parts[0], name)
        return {key: np.concatenate([getattr(p, name)[key] for p in parts]) for key in keys}

    plain = {name: np.concatenate([getattr(p, name) for p in parts]) for name in _PLAIN}
    return Summary(
        comparison=join_comparisons([(p.comparison, p.samples) for p in parts]),
        **plain,
        measured=named("measured"),
        counts=named("counts"),
        first_sample=parts[0].first_sample,
        seconds=sum(p.seconds for p in parts),
        golden_seconds=sum(p.golden_seconds for p in parts),
    )
