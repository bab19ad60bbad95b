"""Data sets. A new one is one file here and one line in `DATASETS`."""

from collections.abc import Callable

from mapper.errors import InputError

from . import caltech, cifar10, digits, fashion, hyperspectral, mnist, nmnist
from .base import SPLITS, Dataset, check_split

__all__ = ["DATASETS", "SPLITS", "Dataset", "load"]

DATASETS: dict[str, Callable[[str], Dataset]] = {
    "digits": digits.load,
    "mnist": mnist.load,
    "fashion": fashion.load,
    "caltech": caltech.load,
    "cifar10": cifar10.load,
    "nmnist": nmnist.load,
    **hyperspectral.LOADERS,
}
"""Loaders by name; each takes the split."""


def load(name: str, split: str) -> Dataset:
    """Load split "train" or "test" of the data set called `name`.

    Files are looked up in the folder that the environment variable SPIKELOOM_DATA names, else in
    the user's cache, else they are downloaded into that cache. Whatever the source, the content's
    checksum is verified. Raises InputError for an unknown name or split and for missing,
    truncated or corrupt files.
    """
    if name not in DATASETS:
        raise InputError(f"unknown data set {name!r}; known: {', '.join(DATASETS)}")
    check_split(split)
    return DATASETS[name](split)
