"""Placement: where the cores of a pass stand on the mesh, so that spikes pass few links.

The exact cost (multicast trees to the rectangles that cover a set of cores) is no sum over pairs
of cores. So a quadratic assignment of pairwise flows, solved by scipy from a fixed seed, proposes
placements; swaps of two places under the exact cost improve the best ones. Row by row is one of
the candidates, so the result is never worse than that.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import quadratic_assignment

from ..activity import Activity
from ..network import INPUT
from .arrangement import Arrangement
from .flows import HOST, Flows, pass_flows
from .params import ChipParams
from .passes import Loads, PassPlan

__all__ = ["Optimizer"]

Floats = npt.NDArray[np.float64]


def _nothing(done: int, total: int) -> None:
    """No progress wanted."""


@dataclass(frozen=True)
class Optimizer:
    """Places the cores of a pass; give it to `map_network`. Same seed, same places.

    activity: source -> (n,) spikes per sample; None: one spike everywhere
    restarts: quadratic assignments from random starts, after one from the barycentre
    improved: candidates, from the best on, that swaps improve; at least 1
    progress: called per pass with the steps done so far and their number; a step is a candidate
              found or improved
    """

    activity: Activity | None = None
    seed: int = 0
    restarts: int = 20
    improved: int = 3
    progress: Callable[[int, int], None] = _nothing

    def __call__(self, loads: Loads, run: PassPlan) -> list[int]:
        """places[i]: the place of core i of the pass."""
        flows = pass_flows(loads, run, self.activity or _uniform(loads))
        rng = np.random.default_rng([self.seed, run.index])
        total = self.restarts + 2 + min(self.improved, self.restarts + 2)
        candidates = []
        for i in range(self.restarts + 2):
            start = None if i == 0 else _assignment(flows, loads.params, rng, random=i > 1)
            candidates.append(Arrangement(flows, loads.params, start))
            self.progress(len(candidates), total)
        candidates.sort(key=lambda candidate: candidate.hops)
        for i, candidate in enumerate(candidates[: self.improved], len(candidates) + 1):
            candidate.improve(rng)
            self.progress(i, total)
        best = min(candidates, key=lambda candidate: candidate.hops)
        return best.places[: len(run.plans)]


def _uniform(loads: Loads) -> dict[str, Floats]:
    found = {p.name: np.ones(p.n) for p in loads.network.populations}
    return found | {INPUT: np.ones(loads.network.n_inputs)}


def _assignment(
    flows: Flows, params: ChipParams, rng: np.random.Generator, random: bool
) -> list[int]:
    """A placement by quadratic assignment: pairwise flows against distances; the host is pinned."""
    n = params.cores
    result = quadratic_assignment(
        _pairwise(flows, n), _distances(params), method="faq",
        options={"partial_match": np.array([[n, n]]), "rng": rng,
                 "P0": "randomized" if random else "barycenter"},
    )  # fmt: skip
    return [int(place) for place in result.col_ind[:n]]


def _pairwise(flows: Flows, n: int) -> Floats:
    """(n + 1, n + 1) flow between cores; the last one is the host.

    A spike to k cores counts 1/k to each of them from its origin, and 1/k between each pair of
    them, because cores that stand together are reached by one packet.
    """
    found = np.zeros((n + 1, n + 1))
    for origin, cores, rate in zip(flows.origin, flows.cores, flows.rate, strict=True):
        members = [i for i in range(n) if int(cores) >> i & 1] or [n]
        share = rate / len(members)
        found[np.ix_(members, members)] += share
        found[n if origin == HOST else origin, members] += share
    np.fill_diagonal(found, 0)
    return found


def _distances(params: ChipParams) -> Floats:
    """(n + 1, n + 1) links between places; the host stands before place 0."""
    x, y = np.array([*map(params.position, range(params.cores))] + [(-1, 0)]).T
    return np.abs(np.subtract.outer(x, x)) + np.abs(np.subtract.outer(y, y)) * 1.0
