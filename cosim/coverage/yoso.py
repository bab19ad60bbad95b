"""Bins of the YOSO grid: modes of its PEs at every pace, how spikes travel."""

from collections.abc import Iterator
from itertools import product

import numpy as np

from mapper.yoso.image import GridImage
from mapper.yoso.layout import TARGET
from mapper.yoso.pe_image import PeImage

from ..host import PACES
from ..observers import Run

__all__ = ["all_bins", "bins_of"]

_TARGETS = ("no target", "1 target", "2 or more targets")
_SOURCES = ("1 source", "2 or more sources")
_SUMS = ("sums kept", "sums cleared")
_LOOKUPS = ("dense", "weight lists")
_NEURONS = ("fire", "do not fire")


def all_bins() -> set[str]:
    """Every one. The PE that ends a sample early does so when it fires."""
    modes = product(_SUMS, _LOOKUPS, _NEURONS, PACES)
    found = {
        f"{sums}, {lookup}, neurons {n}, pace {p}"
        for sums, lookup, n, p in modes
        if (n, p) != ("do not fire", "exit")
    }
    found |= {f"{targets}, {sources}" for targets, sources in product(_TARGETS, _SOURCES)}
    found |= {f"spikes to the host, pace {pace}" for pace in PACES}
    found |= {"spikes to a rectangle of PEs", "a sample ended early"}
    found |= {f"a negative weight, {sums}" for sums in _SUMS}
    return found | {"a threshold of 0 or less", "all thresholds above 0"}


def bins_of(run: Run) -> set[str]:
    """Those that a run hits."""
    image = run.image
    assert isinstance(image, GridImage)
    stalls = max(run.stalls.source, run.stalls.sink)
    degree = ("none", "some", "many")[(stalls > 0) + (stalls >= 0.5)]
    found = {f"pace {run.pace}, stalls {degree}"}
    # At pace "exit" only the counters of the PE that ends a sample are read.
    read = [image.exit_core] if run.pace == "exit" else range(len(image.cores))
    for index, events in zip(read, run.trace.counters["events"].T, strict=True):
        if index is not None and events.any():
            found |= {*_pe(image.cores[index], run.pace)}
    fired = run.trace.spikes[image.output]
    if run.pace == "exit" and fired[:, :-1].any():
        found.add("a sample ended early")
    return found


def _pe(pe: PeImage, pace: str) -> Iterator[str]:
    """A PE that took spikes."""
    sums = _SUMS[not pe.has("psp")]
    lookup = _LOOKUPS[pe.has("listed")]
    neurons = _NEURONS[pe.has("silent")]
    yield f"{sums}, {lookup}, neurons {neurons}, pace {pace}"
    targets = TARGET.unpack(np.array([t for t in pe.targets if t], np.int64))
    yield f"{_TARGETS[min(len(targets['valid']), 2)]}, {_SOURCES[pe.sources > 1]}"
    if ((targets["x0"] != targets["x1"]) | (targets["y0"] != targets["y1"])).any():
        yield "spikes to a rectangle of PEs"
    if pe.has("host"):
        yield f"spikes to the host, pace {pace}"
    if (pe.weight < 0).any():
        yield f"a negative weight, {sums}"
    if not pe.has("silent"):
        yield "all thresholds above 0" if pe.has("lazy") else "a threshold of 0 or less"
