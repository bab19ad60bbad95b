"""What a command's arguments name: zoo entries, files, data slices."""

import hashlib
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
from cosim.evidence import DataSlice
from cosim.shards import Shard
from mapper.errors import InputError
from mapper.fabrics import find_fabric, load_image
from mapper.image import Image
from mapper.network import Network, is_direct
from mapper.nir_io import read_network

from .map_arguments import MapArguments
from .zoo import network_path, recipe_path, zoo_names

__all__ = ["Samples", "data_slice", "find_chip", "find_network", "find_recipe", "samples_for"]


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
    """A slice of a data set, and how a network takes it.

    images: uint8 (count, *shape); labels: int64 (count,); encoding, ticks: see `encode`
    """

    name: str
    split: str
    first: int
    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    encoding: dict[str, Any]
    ticks: int

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def spikes(self) -> npt.NDArray[np.generic]:
        """(count, ticks, inputs), encoded anew each time: bool, or values (uint8) where the
        network is direct-coded.
        """
        return self.part(slice(None))

    def part(self, chosen: slice) -> npt.NDArray[np.generic]:
        """The spikes of some of them."""
        spikes = encode(self.images[chosen], self.encoding, self.ticks)
        return spikes if is_direct(self.encoding) else spikes.astype(bool)

    def of_shard(self, shard: Shard) -> npt.NDArray[np.generic]:
        """The spikes of a shard, counted from the slice's first sample."""
        return self.part(shard.samples)

    def facts(self) -> DataSlice:
        """What Evidence says of them."""
        digest = hashlib.sha256(f"{self.images.dtype.str}{self.images.shape}".encode())
        digest.update(np.ascontiguousarray(self.images).tobytes())
        digest.update(self.labels.astype("<i8").tobytes())
        return DataSlice(self.name, self.split, self.first, len(self), digest.hexdigest())


def data_slice(data: str) -> tuple[str, str]:
    """(set, split) of SET:SPLIT; InputError for anything else."""
    name, colon, split = data.partition(":")
    if not colon:
        raise InputError(f"data {data!r}: expected SET:SPLIT, such as digits:test")
    return name, split


def samples_for(
    image: Image[Any] | Network, data: str, limit: int | None, first: int = 0
) -> Samples:
    """Samples of SET:SPLIT, to be encoded as the network was trained with.

    Raises InputError for an unknown set or split, an empty slice, or a network for other inputs.
    """
    name, split = data_slice(data)
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
    ticks = image.ticks if isinstance(image, Network) else image.network_ticks
    return Samples(name, split, first, images, labels, image.encoding, ticks)
