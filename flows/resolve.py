"""What a command's arguments name: zoo entries, files, data slices."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from algo.datasets import load
from algo.encoders import encode, encoded_shape
from algo.recipe import Recipe, read_recipe
from algo.record import recorded_recipe
from mapper.errors import InputError
from mapper.fabrics import find_fabric, load_image
from mapper.image import Image
from mapper.network import Network
from mapper.nir_io import read_network

from .map_arguments import MapArguments
from .zoo import network_path, recipe_path, zoo_names

__all__ = ["Samples", "find_chip", "find_network", "find_recipe", "samples_for"]


def _unknown(name: str, what: str) -> InputError:
    return InputError(f"{name}: no such {what}, nor a zoo entry ({', '.join(zoo_names())})")


def find_recipe(name: str) -> Recipe:
    """A zoo name, a TOML file, or an exported network (.nir), whose record holds its recipe."""
    if name in zoo_names():
        return read_recipe(recipe_path(name))
    if not Path(name).is_file():
        raise _unknown(name, "recipe file")
    if Path(name).suffix == ".nir":
        return recorded_recipe(read_network(name).record, name)
    return read_recipe(name)


def find_network(name: str) -> Network:
    """A zoo name or a .nir file."""
    if name in zoo_names():
        if not network_path(name).is_file():
            raise InputError(f"zoo entry {name} ships no trained network: spikeloom train {name}")
        return read_network(network_path(name))
    if not Path(name).is_file():
        raise _unknown(name, "network file")
    return read_network(name)


def find_chip(name: str, target: str, core: str) -> Image[Any]:
    """A folder written by `spikeloom map`, or a network (zoo name or file), mapped onto cores
    `core` of the fabric `target`.
    """
    arguments = MapArguments(net=name, target=target, core=core)
    find_fabric(target).parse(core)  # also when it is not needed, bad input is refused
    if name in zoo_names() or Path(name).is_file():
        return arguments.map_rows(find_network(name))
    if Path(name).is_dir():
        return load_image(name)
    raise _unknown(name, "ChipImage folder")


@dataclass
class Samples:
    """A slice of a data set, encoded for a network.

    spikes: bool (count, ticks, inputs); labels: int64 (count,)
    """

    name: str
    split: str
    first: int
    spikes: npt.NDArray[np.bool_]
    labels: npt.NDArray[np.int64]


def samples_for(image: Image[Any], data: str, limit: int | None, first: int = 0) -> Samples:
    """Samples of SET:SPLIT, encoded as the network was trained with.

    Raises InputError for an unknown set or split, an empty slice, or a network for other inputs.
    """
    name, colon, split = data.partition(":")
    if not colon:
        raise InputError(f"data {data!r}: expected SET:SPLIT, such as digits:test")
    found = load(name, split)
    stop = len(found.labels) if limit is None else first + limit
    images, labels = found.images[first:stop], found.labels[first:stop]
    if not len(labels):
        raise InputError(f"data {data}: there is no sample {first}, it has {len(found.labels)}")
    if not image.encoding:
        raise InputError("the network does not say how images become spikes (encoding)")
    inputs = math.prod(encoded_shape(images.shape[1:], image.encoding))
    expected = math.prod(image.input_shape)
    if inputs != expected:
        raise InputError(f"data {data}: images of {'x'.join(map(str, images.shape[1:]))} pixels "
                         f"give {inputs} inputs, the network takes {expected}")  # fmt: skip
    spikes = encode(images, image.encoding, image.network_ticks).astype(bool)
    return Samples(name, split, first, spikes, labels)
