"""Does a network of the zoo still do, image by image, what its record says?"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from algo.datasets import Dataset, load
from algo.encoders import encode
from algo.evaluate import CHUNK, integer_scores
from algo.recipe import read_recipe
from algo.record import correct_facts, recipe_facts, recorded_correct
from cosim.fabrics import FABRICS as MODELS
from mapper.errors import InputError, VerificationError
from mapper.fabrics import FABRICS, Fabric
from mapper.image import Image
from mapper.network import Network
from mapper.nir_io import read_network, write_network
from mapper.run import run_network

from .zoo import network_path, recipe_path

__all__ = ["CHIP_SAMPLES", "ZooCheck", "check_entry", "update_record"]

CHIP_SAMPLES = 10
"""Images that also go through the golden models of the chips."""
Progress = Callable[[int], None]


@dataclass
class ZooCheck:
    """What was compared; `differences` says in words what was not equal.

    images, correct:     test images that the integer network ran, and how many it got right
    not_mapped:          fabric -> why its chip cannot run the network, of those that cannot
    spikes, potentials:  values of the golden chips that were compared with the network's
    """

    name: str
    images: int = 0
    correct: int = 0
    not_mapped: dict[str, str] = field(default_factory=dict)
    spikes: int = 0
    potentials: int = 0
    differences: list[str] = field(default_factory=list)


def check_entry(
    name: str, limit: int | None = None, progress: Progress = lambda images: None
) -> ZooCheck:
    """Run the first `limit` test images, by default all, of the zoo's network `name`.

    Decisions are compared with the record, image by image; on the first CHIP_SAMPLES images every
    spike and potential of the golden chips with the integer network's; the recorded recipe with
    the zoo's. progress: called with the images done since the last call.

    Raises InputError when data, network or the record's facts are missing.
    """
    network, found = read_network(network_path(name)), ZooCheck(name)
    recipe, record = read_recipe(recipe_path(name)), network.record
    data = load(recipe.dataset, "test")
    recorded = recorded_correct(record, name)
    if len(recorded) != len(data):
        raise InputError(f"{name}: recorded on {len(recorded)} images, there are {len(data)}")
    if recipe_facts(recipe)["recipe_sha256"] != record.get("recipe_sha256"):
        found.differences.append("its recipe is not the one in its record")
    if recorded.mean() != record["accuracy"]["integer"]:
        found.differences.append("the recorded accuracy is not that of the recorded images")
    data = data.subset(np.arange(len(data))[:limit])
    correct = _correct(network, data, progress)
    found.images, found.correct = len(data), int(correct.sum())
    changed = np.flatnonzero(correct != recorded[: len(data)])
    if len(changed):
        was = "right" if recorded[changed[0]] else "wrong"
        found.differences.append(
            f"{len(changed)} of {len(data)} decisions are not as recorded; the first is image "
            f"{changed[0]}, recorded as {was}"
        )
    for fabric in FABRICS.values():
        _check_chip(fabric, network, data, found)
    return found


def _correct(network: Network, data: Dataset, progress: Progress) -> npt.NDArray[np.bool_]:
    parts = []
    for start in range(0, len(data), CHUNK):
        images, labels = data.images[start : start + CHUNK], data.labels[start : start + CHUNK]
        parts.append(integer_scores(network, images).argmax(axis=1) == labels)
        progress(len(labels))
    return np.concatenate(parts)


def _check_chip(fabric: Fabric, network: Network, data: Dataset, found: ZooCheck) -> None:
    image = _first_that_fits(fabric, network, found)
    if image is None:
        return
    spikes = encode(data.images[:CHIP_SAMPLES], network.encoding, network.ticks)
    chip = MODELS[fabric.name].golden(image, spikes, "tick", lambda samples: None)
    expected = run_network(network, spikes)
    if chip.errors.any():
        found.differences.append(f"golden {fabric.name}: an error bit is set")
    for population in network.populations:
        name = population.name
        for kind in ("spikes", "potentials"):
            differ = getattr(chip, kind)[name] != getattr(expected, kind)[name]
            setattr(found, kind, getattr(found, kind) + differ.size)
            if differ.any():
                sample, tick, neuron = (int(i) for i in np.argwhere(differ)[0])
                found.differences.append(
                    f"golden {fabric.name}: {kind} of {name} differ, first in sample {sample}, "
                    f"tick {tick}, neuron {neuron}"
                )


def _first_that_fits(fabric: Fabric, network: Network, found: ZooCheck) -> Image[Any] | None:
    """On the first of the fabric's named cores that takes the network; else why the first
    does not.
    """
    for core in fabric.presets.values():
        try:
            image = fabric.map(network, core)
        except InputError as error:
            found.not_mapped.setdefault(fabric.name, str(error))
        else:
            found.not_mapped.pop(fabric.name, None)
            return image
    return None


def update_record(name: str, progress: Progress = lambda images: None) -> None:
    """Write recipe and correct images, measured anew, into the record of the network `name`.

    The network itself stays. Raises VerificationError when its accuracy is not the recorded one.
    """
    network, recipe = read_network(network_path(name)), read_recipe(recipe_path(name))
    data = load(recipe.dataset, "test")
    correct = _correct(network, data, progress)
    recorded = network.record["accuracy"]["integer"]
    if float(correct.mean()) != recorded or network.record["test_images"] != len(data):
        raise VerificationError(f"{name}: accuracy {correct.mean()}, recorded {recorded}")
    record = network.record | recipe_facts(recipe) | correct_facts(correct)
    write_network(replace(network, record=record), network_path(name))
