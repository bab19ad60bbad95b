"""How well decisions agree with labels: overall, class by class, and beyond chance."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.metrics import cohen_kappa_score, confusion_matrix

from mapper.errors import InputError

__all__ = ["Agreement", "agreement"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Agreement:
    """The measures of hyperspectral imaging (Datta et al. 2022, section 7.1), 0..1.

    overall:   OA, the share of samples that are right
    average:   AA, the mean of that share over the classes that occur
    kappa:     Cohen's kappa: 1 for equal decisions, 0 for what independent ones would reach
    confusion: int64 (classes, classes): samples of each label (row) by decision (column)
    """

    overall: float
    average: float
    kappa: float
    confusion: Ints

    @property
    def of_class(self) -> list[float | None]:
        """The share of each label's samples that are right; None where there are none."""
        counts = self.confusion.sum(axis=1)
        return [
            float(right / count) if count else None
            for right, count in zip(self.confusion.diagonal(), counts, strict=True)
        ]


def agreement(labels: Ints, decided: Ints, classes: int) -> Agreement:
    """Compare labels and decisions (N,), N >= 1, both in 0..classes-1."""
    if not len(labels):
        raise InputError("there are no samples to compare")
    confusion = confusion_matrix(labels, decided, labels=range(classes))
    shares = [
        right / count
        for right, count in zip(confusion.diagonal(), confusion.sum(axis=1), strict=True)
        if count
    ]
    overall = float((labels == decided).mean())
    # Of a single class and no other decision kappa is 0 / 0.
    kappa = 1.0 if overall == 1 else float(cohen_kappa_score(labels, decided))
    return Agreement(overall, float(np.mean(shares)), kappa, confusion.astype(np.int64))
