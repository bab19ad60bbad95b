"""Layers with weight lists: convolutions, sparse layers, several sources."""

from ..errors import InputError
from ..merged import merged_matrices
from ..network import INPUT, Network, Population
from .lists import WeightLists, weight_lists
from .params import PeParams
from .slices import LayerPlan, Slice
from .tiles import MOST_PES, cuts

__all__ = ["listed_plan"]


def listed_plan(
    network: Network, population: Population, pe: PeParams, most: int = MOST_PES
) -> LayerPlan:
    """The first cut that fits, on `most` PEs at most; InputError when there is none."""
    if not pe.lists:
        raise InputError("it needs weight lists, which this PE has not; map onto --core conv")
    weights = merged_matrices(network, population)
    if INPUT in weights and network.n_inputs > pe.rows:
        raise InputError(f"{network.n_inputs} inputs need as many rows of weight lists, a PE has "
                         f"{pe.rows}")  # fmt: skip
    reason = f"a PE has {pe.neurons} neurons"
    for parts in cuts(network, population, pe):
        if len(parts) > most:
            break
        lists: dict[int, WeightLists] = {}
        try:
            # The largest first: most cuts that do not fit fail at once.
            for i in sorted(range(len(parts)), key=lambda i: (-len(parts[i]), i)):
                lists[i] = weight_lists(weights, parts[i], pe)
        except InputError as error:
            reason = str(error)
            continue
        slices = tuple(Slice(population, part, lists[i]) for i, part in enumerate(parts))
        return LayerPlan(population, slices, 0, -(-population.n // pe.neurons), reason)
    raise InputError(f"it needs more than {most} PEs: {reason}")
