"""Of all differences between two runs, the one that caused the others, as far as order can tell.

A neuron computes from what earlier ticks, upstream neurons and its own potential gave it. So the
first difference is that of the earliest sample, then pass and chip tick (not network tick: layer
l computes l chip ticks later), then of the cores that compute first within a tick. Of one neuron
the potential comes before the spike that follows from it, and that before its packets.
Counters, which tell of a whole sample, come last.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from mapper.image import Image

from .crossbar.alone import route_columns
from .fabrics import FABRICS
from .moments import Moments
from .trace import ChipTrace

__all__ = ["first_difference"]

_KINDS = ("potentials", "spikes", "outputs")
_Key = tuple[int, ...]
_Found = tuple[_Key, dict[str, Any]]


def first_difference(
    image: Image[Any], golden: ChipTrace, other: ChipTrace
) -> dict[str, Any] | None:
    """What differs first, None if nothing does.

    "what" ("potentials", "spikes", "outputs", "packets", "counters"), "name" (of population or
    counter), "sample", "core", "expected", "actual"; but for counters also "tick" (of the network)
    and "neuron" (of the population); for packets also "route", the entry of the core's table.
    """
    moments = FABRICS[image.fabric].moments(image)
    found = [*_neurons(image, golden, other, moments), *_packets(image, golden, other, moments)]
    if not found:
        found = [*_counters(image, golden, other, moments)]
    else:
        earliest = min(key[0] for key, _ in found)
        found += [f for f in _counters(image, golden, other, moments) if f[0][0] < earliest]
    return min(found, key=lambda f: f[0])[1] if found else None


def _neurons(
    image: Image[Any], golden: ChipTrace, other: ChipTrace, moments: dict[str, Moments]
) -> Iterator[_Found]:
    """The first difference of each kind and population."""
    for rank, kind in enumerate(_KINDS):
        ours, theirs = getattr(golden, kind), getattr(other, kind)
        for name in ours:
            where = np.argwhere(ours[name] != theirs[name])
            if not len(where):
                continue
            where = where[where[:, 0] == where[0, 0]]
            sample, tick, neuron = where.T
            # Potentials may be those of the last ticks only.
            tick = tick + image.network_ticks - ours[name].shape[1]
            m, p = moments[name], image[name]
            keys = (sample, m.stage[neuron], tick + m.skew[neuron], m.depth[neuron],
                    p.core[neuron], p.column[neuron])  # fmt: skip
            i = np.lexsort(keys[::-1])[0]
            place = {"what": kind, "name": name, "sample": int(sample[i]), "tick": int(tick[i]),
                     "neuron": int(neuron[i]), "core": int(p.core[neuron[i]])}  # fmt: skip
            values = _values(ours[name], theirs[name], tuple(where[i]))
            yield (*(int(k[i]) for k in keys), rank), place | values


def _packets(
    image: Image[Any], golden: ChipTrace, other: ChipTrace, moments: dict[str, Moments]
) -> Iterator[_Found]:
    """The first difference in what each core sent, where a run core by core shows it."""
    for core, ours in golden.packets.items():
        where = np.argwhere(ours != other.packets[core])
        if not len(where):
            continue
        sample, chip_tick, i = (int(index) for index in where[0])
        entry, column = route_columns(image.cores[core])
        name, neuron = _neuron_at(image, core, int(column[i]))
        m = moments[name]
        place = {"what": "packets", "name": name, "sample": sample,
                 "tick": chip_tick - int(m.skew[neuron]), "neuron": neuron, "core": core,
                 "route": int(entry[i])}  # fmt: skip
        key = (sample, int(m.stage[neuron]), chip_tick, int(m.depth[neuron]), core, int(column[i]))
        values = _values(ours, other.packets[core], (sample, chip_tick, i))
        yield (*key, len(_KINDS)), place | values


def _neuron_at(image: Image[Any], core: int, column: int) -> tuple[str, int]:
    """The population and the neuron whose state is in this column."""
    for p in image.populations:
        found = np.flatnonzero((p.core == core) & (p.column == column))
        if len(found):
            return p.name, int(found[0])
    raise ValueError(f"column {column} of core {core} sends packets but holds no neuron")


def _counters(
    image: Image[Any], golden: ChipTrace, other: ChipTrace, moments: dict[str, Moments]
) -> Iterator[_Found]:
    """The first difference of each counter, of the cores that compute first."""
    rank = {int(core): i for i, core in enumerate(_core_order(image, moments))}
    for position, (name, ours) in enumerate(golden.counters.items()):
        # At pace "exit" only one core's are compared.
        cores = [*range(len(image.cores))] if ours.shape[1] > 1 else [_single(image)]
        for sample, i in np.argwhere(ours != other.counters[name]):
            core = cores[i]
            place = {"what": "counters", "name": name, "sample": int(sample), "core": core}
            values = _values(ours, other.counters[name], (sample, i))
            key = (int(sample), rank.get(core, len(rank)), core, position)
            yield key, place | values


def _single(image: Image[Any]) -> int:
    return getattr(image, "exit_core", None) or 0


def _core_order(image: Image[Any], moments: dict[str, Moments]) -> npt.NDArray[np.int64]:
    """Cores with neurons, those first that compute first."""
    rows = [np.stack([m.stage, m.skew, m.depth, image[name].core]) for name, m in moments.items()]
    ordered = np.unique(np.concatenate(rows, axis=1), axis=1)[3]
    _, first = np.unique(ordered, return_index=True)
    return ordered[np.sort(first)]


def _values(
    expected: npt.NDArray[Any], actual: npt.NDArray[Any], index: tuple[Any, ...]
) -> dict[str, int]:
    return {"expected": int(expected[index]), "actual": int(actual[index])}
