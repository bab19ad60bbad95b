"""`digits`: 1,797 real handwritten digits of 8x8 pixels, 0..16, embedded in scikit-learn.

From the UCI set "Optical Recognition of Handwritten Digits" (its test part). It has no official
split, so ours is fixed here for good: 1,437 train, 360 test.
"""

import numpy as np
from sklearn.datasets import load_digits

from .base import Dataset

__all__ = ["load"]

SPLIT_SEED = 0
TEST_EVERY = 5


def load(split: str) -> Dataset:
    """Return one split: images uint8 (1437 or 360, 8, 8) in 0..16.

    Stratified: shuffled with a fixed seed, stably sorted by class, and every fifth sample is a
    test sample. Both splits keep scikit-learn's order, so any first N samples mix the classes.
    """
    bunch = load_digits()
    labels = bunch.target.astype(np.int64)
    # RandomState, unlike Generator, promises the same stream in every numpy version.
    order = np.random.RandomState(SPLIT_SEED).permutation(len(labels))  # noqa: NPY002
    order = order[np.argsort(labels[order], kind="stable")]
    in_test = np.zeros(len(labels), dtype=bool)
    in_test[order[::TEST_EVERY]] = True
    chosen = in_test if split == "test" else ~in_test
    return Dataset("digits", split, bunch.images[chosen].astype(np.uint8), labels[chosen], 10)
