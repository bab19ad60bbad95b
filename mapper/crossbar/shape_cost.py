"""What a network costs of which only the layers' shapes are known: no weights, no spikes.

Every layer is a load of its own, or several of at most a mesh of cores each, as in Zou et al. 2021,
section 4.4. Spikes and weights enter as two shares that the caller assumes.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from .core_image import CoreImage
from .patches import LayerShape, PatchPlan, Range, Tile, cut
from .schedule import PassCost, Schedule

__all__ = ["Assumptions", "shape_schedule"]


@dataclass(frozen=True)
class Assumptions:
    """What shapes do not tell.

    spike_rate: spikes per neuron and sample, 0..1 (paper: 0.23 .. 0.17 LeNet, 0.32 .. 0.21 VGG,
                from one to four spikes per neuron)
    density:    share of the weights' ternary digits that are not 0, 0..1 (not in the paper)
    mesh:       (width, height)
    """

    spike_rate: float = 0.2
    density: float = 0.5
    mesh: tuple[int, int] = (8, 8)

    def __post_init__(self) -> None:
        if not (0 <= self.spike_rate <= 1 and 0 <= self.density <= 1):
            raise InputError(f"spike rate and density must be in 0..1: {self}")


def shape_schedule(
    plans: Sequence[PatchPlan], assumed: Assumptions, samples: int = 1, banks: int = 2
) -> Schedule:
    """Layer after layer of one-tick networks (scatter and gather); see `image_schedule`."""
    loads = [(i, plan, tiles) for i, plan in enumerate(plans) for tiles in _loads(plan, assumed)]
    resident = len(loads) <= banks
    costs = (_cost(i, plan, tiles, assumed, resident) for i, plan, tiles in loads)
    return Schedule(tuple(costs), banks, samples)


def _loads(plan: PatchPlan, assumed: Assumptions) -> Iterator[tuple[Tile, ...]]:
    for start, stop in cut(plan.cores, math.prod(assumed.mesh)):
        yield plan.tiles[start:stop]


def _cost(
    layer: int, plan: PatchPlan, tiles: tuple[Tile, ...], assumed: Assumptions, resident: bool
) -> PassCost:
    """The host sends each input spike once, to all cores that need it (a lower bound), and takes
    every output spike.
    """
    rate, bound = assumed.spike_rate, plan.core.tick_bound
    words = sum(_words(tile, plan) for tile in tiles)
    fired = rate * sum(tile.columns // plan.shape.k_wei for tile in tiles)
    return PassCost(
        layers=(f"layer {layer + 1}",),
        places=tuple(range(len(tiles))),
        first_words=words,
        words=0 if resident else words,
        ticks=1,
        host_cycles=rate * plan.shape.axons(_inputs(plan.shape, tiles)),
        core_cycles=max(bound(math.ceil(rate * tile.axons), tile.columns, 0) for tile in tiles),
        mesh_cycles=fired,
        latency_cycles=2 * sum(assumed.mesh),
        host_out=fired,
        synaptic_ops=rate * assumed.density * sum(_weights(tile, plan.shape) for tile in tiles),
    )


def _inputs(shape: LayerShape, tiles: Sequence[Tile]) -> int:
    """Places of the input map that some tile looks at."""
    needed = np.zeros(shape.size, bool)
    for tile in tiles:
        needed[tuple(slice(*r) for r in tile.inputs)] = True
    return int(needed.sum())


def _weights(tile: Tile, shape: LayerShape) -> int:
    """Weights of a tile's neurons, those to the padding left out, of every spike of a group."""
    windows = (_window_sum(shape, d, outputs) for d, outputs in enumerate(tile.outputs))
    channels = tile.channels[1] - tile.channels[0]
    return math.prod(windows) * shape.axons(1) * channels * shape.k_rep_out


def _window_sum(shape: LayerShape, dimension: int, outputs: Range) -> int:
    windows = (shape.window(dimension, (o, o + 1)) for o in range(*outputs))
    return sum(stop - start for start, stop in windows)


def _words(tile: Tile, plan: PatchPlan) -> int:
    """Synapse words of the axons and columns in use, a CONTROL word per column; per neuron a
    threshold, a pointer and a route; registers. What an earlier load left elsewhere stays: no
    spike and no neuron uses it.
    """
    synapses = tile.axons * -(-tile.columns // plan.core.synapse_chunk)
    neurons = tile.columns // plan.shape.k_wei
    return synapses + tile.columns + 3 * neurons + len(CoreImage.REGISTERS)
