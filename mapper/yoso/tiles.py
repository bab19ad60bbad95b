"""Ways to cut a population whose PEs have weight lists, those with the fewest PEs first."""

from collections.abc import Iterator
from itertools import product
from math import prod

import numpy as np
import numpy.typing as npt

from ..connections import Conv
from ..mesh import MESH_BITS
from ..network import Network, Population
from .params import PeParams

__all__ = ["MOST_PES", "cuts"]

Indices = npt.NDArray[np.int64]
MOST_PES = 1 << 2 * MESH_BITS
"""Of the largest mesh."""


def cuts(network: Network, population: Population, pe: PeParams) -> Iterator[list[Indices]]:
    """Each a partition of the neurons, every part in the order of its local neurons.

    A convolution's parts are tiles, boxes of positions and channels, channels innermost: then the
    neurons that an input element reaches lie side by side. Others, and an output that fires (its
    lines are in order), are cut as they come.
    """
    convs = [c for c in network.incoming(population.name) if isinstance(c, Conv)]
    if not convs or (population.name == network.output and population.neuron.spiking):
        for count in range(-(-population.n // pe.neurons), MOST_PES + 1):
            yield np.array_split(np.arange(population.n), count)
        return
    shape = population.shape
    few = [c for c in _counts(shape, MOST_PES) if prod(_sides(shape, c)) <= pe.neurons]
    for counts in sorted(few, key=lambda c: (prod(c), _seen(convs[0], c), c)):
        yield [*_tiles(shape, counts)]


def _counts(shape: tuple[int, ...], most: int) -> Iterator[tuple[int, ...]]:
    """Parts per dimension, `most` at most all together."""
    if not shape:
        yield ()
        return
    for count in range(1, min(shape[0], most) + 1):
        for rest in _counts(shape[1:], most // count):
            yield (count, *rest)


def _sides(shape: tuple[int, ...], counts: tuple[int, ...]) -> list[int]:
    """Of the largest tile."""
    return [-(-n // k) for n, k in zip(shape, counts, strict=True)]


def _seen(conv: Conv, counts: tuple[int, ...]) -> int:
    """Inputs that all tiles together look at: what lists must have rows for."""
    sides = _sides(conv.output_shape, counts)[1:]
    facts = zip(sides, conv.stride, conv.kernel, strict=True)
    return prod(counts) * prod((side - 1) * stride + kernel for side, stride, kernel in facts)


def _tiles(shape: tuple[int, ...], counts: tuple[int, ...]) -> Iterator[Indices]:
    cut = [np.array_split(np.arange(n), k) for n, k in zip(shape, counts, strict=True)]
    for spots in product(*cut[1:]):
        for channels in cut[0]:
            box = np.ravel_multi_index(np.ix_(channels, *spots), shape)
            yield np.moveaxis(box, 0, -1).ravel()
