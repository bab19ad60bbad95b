"""Flows of a pass: which core sends how much to which set of cores, wherever they will stand."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..activity import Activity
from ..network import INPUT
from .passes import Loads, PassPlan

__all__ = ["HOST", "Flows", "pass_flows"]

Indices = npt.NDArray[np.int64]
Masks = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]
HOST = -1
"""Stands for the host among the numbers of cores."""


@dataclass(frozen=True)
class Flows:
    """One row per origin and set of destinations; cores are numbered as the pass's plans.

    origin: (n,) core or HOST
    cores:  (n,) the cores that receive, as a bit mask; 0: the host receives
    rate:   (n,) spikes per sample
    """

    origin: Indices
    cores: Masks
    rate: Floats


def pass_flows(loads: Loads, run: PassPlan, activity: Activity) -> Flows:
    """Everything that cores and host send in a pass whose cores stand row by row. A spike that
    reaches several cores by the same axon is one.
    """
    assert run.places == list(range(len(run.plans))), "the cores have been moved already"
    parts = [*_from_host(loads, run, activity), *_from_cores(loads, run, activity)]
    origin, cores, rate = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.lexsort((cores, origin))
    origin, cores, rate = origin[order], cores[order], rate[order]
    new = np.ones(len(origin), bool)
    new[1:] = (origin[1:] != origin[:-1]) | (cores[1:] != cores[:-1])
    first = np.flatnonzero(new)
    return Flows(origin[first], cores[first], np.add.reduceat(rate, first))


def _from_host(
    loads: Loads, run: PassPlan, activity: Activity
) -> Iterator[tuple[Indices, Masks, Floats]]:
    for source, arrival in loads.fed(run):
        element, _, cores = loads.shared(run, source, arrival)
        if source != INPUT:
            early = loads.home[source][element] < run.index
            element, cores = element[early], cores[early]
        yield np.full(len(element), HOST), cores, activity[source][element].astype(float)


def _from_cores(
    loads: Loads, run: PassPlan, activity: Activity
) -> Iterator[tuple[Indices, Masks, Floats]]:
    for name, origin in _origins(loads, run).items():
        rate = activity[name].astype(float)
        element, _, cores = loads.shared(run, name)
        here = origin[element] >= 0
        element, cores = element[here], cores[here]
        yield origin[element], cores, rate[element]
        here = (origin >= 0) & (loads.host_lines(run, name, np.arange(len(origin))) >= 0)
        yield origin[here], np.zeros(here.sum(), np.uint64), rate[here]


def _origins(loads: Loads, run: PassPlan) -> dict[str, Indices]:
    """Population -> (n,) core of the pass that holds the neuron, or -1."""
    found: dict[str, Indices] = {}
    for core, plan in enumerate(run.plans):
        for part in plan.parts:
            p = part.population
            found.setdefault(p.name, np.full(p.n, -1))[part.fragment.neurons] = core
    return found
