"""From images to batches of spikes, reproducibly."""

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mapper.errors import InputError

from .datasets import Dataset, load
from .encoders import encode, encoded_shape
from .recipe import Recipe

__all__ = [
    "check_fit",
    "flip_images",
    "shift_images",
    "spikes_of",
    "split_validation",
    "training_batches",
    "training_data",
]


def check_fit(recipe: Recipe, data: Dataset) -> None:
    """Raise InputError unless the recipe's topology and augmentation fit the data set."""
    inputs = math.prod(encoded_shape(data.shape, recipe.encoding))
    topology = recipe.layers
    if math.prod(topology.input_shape) != inputs or topology.output_shape != (data.classes,):
        raise InputError(
            f"recipe {recipe.name}: topology {recipe.topology} must start with {inputs} and "
            f"end with {data.classes} for data set {data.name}"
        )
    options = recipe.training
    if (options.shift or options.flip) and len(data.shape) not in (2, 3):
        name = "shift" if options.shift else "flip"
        raise InputError(
            f"recipe {recipe.name}: training.{name} needs images (height, width) or (channels, "
            f"height, width), those of data set {data.name} are {data.shape}"
        )


def training_data(recipe: Recipe) -> tuple[Dataset, Dataset]:
    """(training, validation) parts of the recipe's data set; InputError when they do not fit."""
    data = load(recipe.dataset, "train")
    check_fit(recipe, data)
    return split_validation(data, recipe)


def split_validation(data: Dataset, recipe: Recipe) -> tuple[Dataset, Dataset]:
    """(training, validation) parts of a training split, drawn with the recipe's seed.

    Raises InputError when fewer than two training images would be left.
    """
    count = recipe.training.validation
    if count > len(data) - 2:
        raise InputError(
            f"recipe {recipe.name}: training.validation must leave training images: at most "
            f"{len(data) - 2} for data set {data.name}, not {count}"
        )
    generator = torch.Generator().manual_seed(recipe.seed)
    order = torch.randperm(len(data), generator=generator).numpy()
    return data.subset(np.sort(order[count:])), data.subset(np.sort(order[:count]))


def spikes_of(images: npt.NDArray[np.uint8], recipe: Recipe) -> Tensor:
    """Spikes float32 (N, ticks, n_in) of images (N, *shape)."""
    return torch.from_numpy(encode(images, recipe.encoding, recipe.ticks)).float()


def training_batches(data: Dataset, recipe: Recipe) -> Iterator[tuple[Tensor, Tensor]]:
    """One epoch in random order: spikes (batch, ticks, n_in), labels int64 (batch,).

    Random numbers come from torch's global generator. A last batch of one image, which has no
    statistics, is left out.
    """
    order, size = torch.randperm(len(data)).numpy(), recipe.training.batch
    for start in range(0, len(data), size):
        index = order[start : start + size]
        if len(index) < 2:
            return
        images = data.images[index]
        if recipe.training.shift:
            images = shift_images(images, recipe.training.shift)
        if recipe.training.flip:
            images = flip_images(images)
        yield spikes_of(images, recipe), torch.from_numpy(data.labels[index])


def shift_images(images: npt.NDArray[np.uint8], most: int) -> npt.NDArray[np.uint8]:
    """Move each image (N, H, W) or (N, C, H, W) by -most..most pixels both ways; zeros come in."""
    n, *_, height, width = images.shape
    maps = images.reshape(n, -1, height, width)
    padded = np.pad(maps, ((0, 0), (0, 0), (most, most), (most, most)))
    down, right = torch.randint(0, 2 * most + 1, (2, n)).numpy()
    rows = (down[:, None] + np.arange(height))[:, None, :, None]
    columns = (right[:, None] + np.arange(width))[:, None, None, :]
    sample, channel = np.ogrid[:n, : maps.shape[1]]
    return padded[sample[..., None, None], channel[..., None, None], rows, columns].reshape(
        images.shape
    )


def flip_images(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Mirror each image (N, ..., W), left to right, with probability 1/2."""
    mirrored = torch.randint(0, 2, (len(images),)).bool().numpy()
    mirrored = mirrored.reshape(-1, *[1] * (images.ndim - 1))
    return np.where(mirrored, images[..., ::-1], images)
