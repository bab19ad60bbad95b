"""Which PEs must hear of which others, wherever they stand."""

import numpy as np
import numpy.typing as npt

from ..network import INPUT
from .plan import GridPlan

__all__ = ["Receivers", "find_receivers", "listeners"]

Receivers = list[set[int]]
"""Per slice (numbers as in `GridPlan.slices`) the slices that must hear of its spikes."""


def find_receivers(plan: GridPlan) -> Receivers:
    """All slices of a dense layer hear of all its sources; with weight lists those that have
    weights for one of the neurons. Each hears of somebody, for tokens end its ticks.
    """
    found: Receivers = [set() for _ in plan.slices]
    for i, part in enumerate(plan.slices):
        sources = plan.weights[part.population.name]
        own = [a for source in sources for a in plan.slices_of(source)]
        for a in own:
            neurons = plan.slices[a].neurons
            if listeners(plan, i, plan.slices[a].population.name)[neurons].any():
                found[a].add(i)
        if INPUT not in sources and not any(i in found[a] for a in own):
            found[own[0]].add(i)
    return found


def listeners(plan: GridPlan, index: int, source: str) -> npt.NDArray[np.bool_]:
    """(elements of the source,) whether slice `index` has weights for them."""
    lists = plan.slices[index].lists
    if lists is None:
        return np.ones(plan.network.size_of(source), bool)
    return lists.count[source] > 0
