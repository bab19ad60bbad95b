"""Accuracy of a trained network: in floats, fake-quantized, and as integers."""

import numpy as np
import numpy.typing as npt

from mapper.decisions import class_scores
from mapper.network import Network
from mapper.run import decisive_scores, run_network

from .batches import spikes_of
from .datasets import Dataset
from .encoders import encode
from .recipe import Recipe
from .rules import Rule

__all__ = ["accuracy", "integer_scores", "scores"]

CHUNK = 500
"""Images at a time: enough to keep the processor busy, few enough for its caches."""


def scores(
    rule: Rule, recipe: Recipe, images: npt.NDArray[np.uint8], quantized: bool = True
) -> npt.NDArray[np.generic]:
    """What decides on the class, (N, classes): the torch network's inference.

    See `mapper.decisions.class_scores`; exact integers when quantized.
    """
    parts = []
    for start in range(0, len(images), CHUNK):
        traces = rule.run(spikes_of(images[start : start + CHUNK], recipe), quantized)
        output = list(traces.values())[-1]
        parts.append(
            class_scores(rule.decision, output.spikes.numpy(), output.potentials[:, -1].numpy())
        )
    return np.concatenate(parts)


def integer_scores(network: Network, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.generic]:
    """The same from the integer Network, (N, classes), without torch."""
    parts = []
    for start in range(0, len(images), CHUNK):
        spikes = encode(images[start : start + CHUNK], network.encoding, network.ticks)
        parts.append(decisive_scores(network, run_network(network, spikes, keep="decision")))
    return np.concatenate(parts)


def accuracy(values: npt.NDArray[np.generic], data: Dataset) -> float:
    """Fraction of `data` whose class has the largest of `values` (N, classes); ties: lowest."""
    return float((values.argmax(axis=1) == data.labels).mean())
