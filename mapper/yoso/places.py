"""Places: where slices stand on the mesh."""

from collections.abc import Callable

from .params import GridParams
from .plan import GridPlan

__all__ = ["Place", "in_rows"]

Place = Callable[[GridPlan, GridParams], list[int]]
"""places[i]: the PE, row by row, that holds slice i of the plan."""


def in_rows(plan: GridPlan, params: GridParams) -> list[int]:
    """One after the other. A layer is then covered by at most three rectangles."""
    return [*range(len(plan.slices))]
