"""Spike addresses: what a neuron's spikes say to all PEs that hear of them."""

import numpy as np
import numpy.typing as npt

from ..errors import InputError
from ..network import INPUT
from .params import PeParams
from .plan import GridPlan
from .receivers import Receivers

__all__ = ["find_addresses"]

Indices = npt.NDArray[np.int64]


def find_addresses(plan: GridPlan, receivers: Receivers, pe: PeParams) -> list[Indices]:
    """Per slice the addresses (neurons,) of its neurons' spikes.

    For a dense layer the place of the neuron's weights; for weight lists a row, so that slices
    heard of by one PE, and the input, which has rows 0 and up there, have different ones. Raises
    InputError when there are not enough.
    """
    found = [np.zeros(len(s.neurons), np.int64) for s in plan.slices]
    taken: dict[int, list[range]] = {i: _of_input(plan, i) for i in range(len(plan.slices))}
    for a, part in enumerate(plan.slices):
        if not receivers[a]:
            continue
        stride = plan.layer(plan.slices[min(receivers[a])].population.name).stride
        if stride:
            found[a] = part.neurons * stride
            continue
        rows = _free(len(part.neurons), [r for i in receivers[a] for r in taken[i]])
        if rows.stop > pe.rows:
            where = plan.slices[min(receivers[a])].population.name
            raise InputError(f"a PE of population {where!r} hears of {rows.stop} sources or more, "
                             f"it has {pe.rows} rows of weight lists")  # fmt: skip
        found[a] = np.array(rows)
        for i in receivers[a]:
            taken[i].append(rows)
    return found


def _of_input(plan: GridPlan, index: int) -> list[range]:
    sources = plan.weights[plan.slices[index].population.name]
    return [range(plan.network.n_inputs)] if INPUT in sources else []


def _free(size: int, taken: list[range]) -> range:
    """The first `size` addresses in a row that are not taken."""
    first = 0
    for other in sorted(taken, key=lambda r: r.start):
        if first + size <= other.start:
            break
        first = max(first, other.stop)
    return range(first, first + size)
