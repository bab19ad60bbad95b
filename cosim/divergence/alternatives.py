"""Which other inputs of a core would lead to exactly what its neurons did."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .explanation import Core

__all__ = ["Change", "input_changes"]

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
_WORK = 1 << 28
"""Sums that may be tried; with more inputs and neurons, moved spikes are not looked for."""


@dataclass(frozen=True)
class Change:
    """Inputs (indices) whose spike is missing, and that have one too many; at most one each.

    ops: by how much they change the count of synaptic operations
    """

    missing: int | None
    extra: int | None
    ops: int

    @property
    def events(self) -> int:
        """By how much the change alters the count of events."""
        return (self.extra is not None) - (self.missing is not None)


def input_changes(core: Core, fired: Bools, potentials: Ints) -> list[Change]:
    """All changes of at most one missing and one extra spike that explain what was observed.

    fired, potentials: (neurons,), what the core did
    """
    return [
        change
        for changes, sums in _candidates(core)
        for change, fits in zip(changes, _fits(core, sums, fired, potentials), strict=True)
        if fits
    ]


def _fits(core: Core, sums: Ints, fired: Bools, potentials: Ints) -> Bools:
    found, values = core.step(sums)
    return ((found == fired) & (values == potentials)).all(axis=1)


def _candidates(core: Core) -> Iterator[tuple[list[Change], Ints]]:
    """Changes, and the weighted sums (changes, neurons) that they lead to."""
    total, ops = core.total(), core.ops
    active, silent = np.flatnonzero(core.active), np.flatnonzero(~core.active)
    yield [Change(int(i), None, -int(ops[i])) for i in active], total - core.weights[active]
    yield [Change(None, int(i), int(ops[i])) for i in silent], total + core.weights[silent]
    if len(active) * core.weights.size > _WORK:
        return
    for i in active:
        changes = [Change(int(i), int(j), int(ops[j] - ops[i])) for j in silent]
        yield changes, total - core.weights[i] + core.weights[silent]
