"""What a data set is, whatever its source."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mapper.errors import InputError

__all__ = ["SPLITS", "Dataset", "check_split"]

SPLITS = ("train", "test")


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labelled images of one split.

    images:  uint8 (N, *shape), in the official order
    labels:  int64 (N,), in 0..classes-1
    classes: number of classes
    """

    name: str
    split: str
    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    classes: int

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one image."""
        return self.images.shape[1:]

    def subset(self, index: npt.NDArray[np.int64]) -> "Dataset":
        """The samples at `index` (n,), in that order."""
        return Dataset(self.name, self.split, self.images[index], self.labels[index], self.classes)


def check_split(split: str) -> None:
    """Raise InputError unless `split` is a known one."""
    if split not in SPLITS:
        raise InputError(f"unknown split {split!r}; known: {', '.join(SPLITS)}")
