"""Hyperspectral scenes: a sample is the square patch around a labelled pixel, all bands of it.

As in Datta et al. 2022 ("ACE-SNN"), section 6.2: of each class 40 % of the pixels are for
training, 60 % for testing, and each band has mean 0 and variance 1. The paper does not publish its
choice; ours is fixed here for good. Patches of neighbouring pixels overlap, also across the split:
that is the field's usual protocol, and makes test accuracies optimistic.
"""

from functools import partial

import numpy as np
import numpy.typing as npt

from mapper.errors import InputError

from .base import Dataset
from .scene_files import SCENES, Scene, read_scene

__all__ = ["LOADERS", "UNIT", "ZERO", "load_patches", "scene_of", "split_pixels"]

TRAINING_SHARE = 0.4
SPLIT_SEED = 0
SIZES = (3, 5)
"""Heights and widths of patches: those of the paper's two networks."""
ZERO, UNIT = 128, 32
"""A band's value is ZERO + UNIT x (its standardized value), clipped to 0..255: four sigma."""


def load_patches(scene: str, size: int, split: str) -> Dataset:
    """Patches of one split: uint8 (N, bands, size, size), classes mixed.

    Mean and standard deviation of each band are those of the training pixels. Beyond the scene's
    border lies its mirror image.
    """
    found = read_scene(SCENES[scene])
    bands = _standardized(found)
    chosen = split_pixels(found.labels, split)
    patches = _patches(bands, chosen, size)
    return Dataset(f"{scene}-{size}x{size}", split, patches, found.labels.ravel()[chosen],
                   found.classes)  # fmt: skip


def split_pixels(labels: npt.NDArray[np.int64], split: str) -> npt.NDArray[np.int64]:
    """Numbers, row by row, of the pixels of a split, in a fixed random order.

    labels: (height, width), -1 for none
    """
    flat = labels.ravel()
    # RandomState, unlike Generator, promises the same stream in every numpy version.
    random = np.random.RandomState(SPLIT_SEED)  # noqa: NPY002
    order = random.permutation(np.flatnonzero(flat >= 0))
    training = np.zeros(len(order), dtype=bool)
    for label in np.unique(flat[order]):
        of_class = np.flatnonzero(flat[order] == label)
        training[of_class[: round(TRAINING_SHARE * len(of_class))]] = True
    chosen = order[training if split == "train" else ~training]
    return random.permutation(chosen)  # in `order` the first test pixels are of few classes


def _standardized(scene: Scene) -> npt.NDArray[np.uint8]:
    """The cube as bytes (bands, height, width)."""
    training = split_pixels(scene.labels, "train")
    spectra = scene.cube.reshape(-1, scene.cube.shape[2])[training]
    deviation = spectra.std(axis=0)
    standard = (scene.cube - spectra.mean(axis=0)) / np.where(deviation > 0, deviation, 1)
    return np.moveaxis(np.rint(ZERO + UNIT * standard).clip(0, 255).astype(np.uint8), 2, 0)


def _patches(
    bands: npt.NDArray[np.uint8], pixels: npt.NDArray[np.int64], size: int
) -> npt.NDArray[np.uint8]:
    margin, width = size // 2, bands.shape[2]
    padded = np.pad(bands, ((0, 0), (margin, margin), (margin, margin)), mode="reflect")
    around = np.arange(size)
    rows = (pixels // width)[:, None, None] + around[:, None]
    columns = (pixels % width)[:, None, None] + around
    return np.ascontiguousarray(np.moveaxis(padded[:, rows, columns], 0, 1))


_NAMES = {f"{scene}-{size}x{size}": (scene, size) for scene in SCENES for size in SIZES}

LOADERS = {name: partial(load_patches, *which) for name, which in _NAMES.items()}
"""Loaders by name of the data set, as "salinas-a-3x3"."""


def scene_of(name: str) -> Scene:
    """The scene from which the data set called `name` is cut; InputError for any other set."""
    if name not in _NAMES:
        raise InputError(f"data set {name!r} is no scene; scenes: {', '.join(_NAMES)}")
    return read_scene(SCENES[_NAMES[name][0]])
