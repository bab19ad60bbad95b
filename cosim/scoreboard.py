"""Compares two traces value by value, counts what it compared, and names the first culprit."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

from mapper.image import Image

from .first import first_difference
from .trace import ChipTrace

__all__ = ["KINDS", "Comparison", "compare", "join_comparisons"]

KINDS = ("spikes", "potentials", "outputs", "packets", "counters")
"""What is compared, by the names that a trace has for it."""


@dataclass
class Comparison:
    """compared, mismatches: of `KINDS`, number of values.

    first: the difference that comes first (`first.first_difference`); None when there is none.
    errors: names of sticky error bits that either side raised, as "core 2: saturation".
    """

    compared: dict[str, int] = field(default_factory=dict)
    mismatches: dict[str, int] = field(default_factory=dict)
    first: dict[str, Any] | None = None
    errors: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Everything equal, nothing raised, and something of every kind was compared."""
        enough = all(self.compared.get(k, 0) > 0 for k in ("spikes", "potentials", "counters"))
        return enough and not any(self.mismatches.values()) and not self.errors


def _pairs(
    golden: ChipTrace, other: ChipTrace
) -> Iterator[tuple[str, str, npt.NDArray, npt.NDArray]]:
    for kind in KINDS:
        ours, theirs = getattr(golden, kind), getattr(other, kind)
        if set(ours) != set(theirs):
            raise ValueError(f"{kind}: {sorted(ours)} on one side, {sorted(theirs)} on the other")
        for name in ours:
            yield kind, name, ours[name], theirs[name]


def compare(
    image: Image[Any], golden: ChipTrace, other: ChipTrace, errors: list[str]
) -> Comparison:
    """Compare everything that a golden model of the image knows.

    errors: names of sticky errors found on either side. Raises ValueError when the traces are of
    different shape: that is a mistake in the harness, not a mismatch.
    """
    result = Comparison(errors=errors)
    for kind, name, expected, actual in _pairs(golden, other):
        if expected.shape != actual.shape:
            raise ValueError(f"{kind} {name}: shapes {expected.shape} and {actual.shape}")
        differ = expected != actual
        result.compared[kind] = result.compared.get(kind, 0) + differ.size
        result.mismatches[kind] = result.mismatches.get(kind, 0) + int(differ.sum())
    if any(result.mismatches.values()):
        result.first = first_difference(image, golden, other)
    return result


def join_comparisons(parts: list[tuple[Comparison, int]]) -> Comparison:
    """Of the samples of all parts, (comparison, samples), in order; each error named once."""
    joined, before = Comparison(), 0
    for part, samples in parts:
        for counts, more in (
            (joined.compared, part.compared), (joined.mismatches, part.mismatches)
        ):  # fmt: skip
            for kind, number in more.items():
                counts[kind] = counts.get(kind, 0) + number
        if part.first is not None and joined.first is None:
            joined.first = part.first | {"sample": part.first["sample"] + before}
        before += samples
    joined.errors = sorted({error for part, _ in parts for error in part.errors})
    return joined
