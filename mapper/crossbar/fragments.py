"""Fragments: the parts of a population that go to one core each, with the axons that they need."""

from abc import ABC, abstractmethod
from collections.abc import Hashable
from dataclasses import dataclass, replace
from math import prod

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from ..connections import Conv, Dense
from ..errors import InputError
from ..network import INPUT, Network, Population
from ..weights import WeightFormat
from .incoming import extension_for, levels, merged_weights, source_sizes
from .params import CoreParams
from .patches import LayerShape, PatchPlan, Range, Tile
from .strategies import plan_layer

__all__ = ["AxonBlock", "Fragment", "Fragments", "split_population"]

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class AxonBlock:
    """Axons of one source: its element elements[i] drives axon offsets[i] of `size` ones.

    arrival: level at which the core consumes the source's network tick 0
    key: blocks of equal keys are the same axons, so populations on one core can share them
    """

    source: str
    arrival: int
    elements: Indices
    offsets: Indices
    size: int
    key: Hashable


@dataclass(frozen=True)
class Fragment:
    """neurons: indices in the order in which their columns follow each other.

    extension: smallest axon extension f that holds the blocks
    """

    neurons: Indices
    blocks: tuple[AxonBlock, ...]
    extension: int


class Fragments(ABC):
    """Hands out the fragments of a population one after the other.

    plan: the patch search's result, None where there is none
    """

    def __init__(
        self, population: Population, fmt: WeightFormat, plan: PatchPlan | None = None
    ) -> None:
        self.population, self.format, self.plan = population, fmt, plan

    @abstractmethod
    def peek(self, room: int | None = None) -> Fragment | None:
        """The next fragment, of at most `room` neurons; None when there is none that small.

        room: None for an empty core
        """

    @abstractmethod
    def advance(self, fragment: Fragment) -> None:
        """The fragment of the last `peek` has its place."""

    @property
    @abstractmethod
    def done(self) -> bool:
        """Every neuron has been handed out."""


class FlatFragments(Fragments):
    """All-to-all connections: every fragment needs every axon, and may end at any neuron."""

    def __init__(
        self, population: Population, fmt: WeightFormat, plan: PatchPlan | None,
        whole: Fragment, room: int,
    ) -> None:  # fmt: skip
        super().__init__(population, fmt, plan)
        self._whole, self._room, self._next = whole, room, 0

    def peek(self, room: int | None = None) -> Fragment | None:
        """Whole scatter-and-gather groups, unless not even one fits an empty core."""
        most = self._room if room is None else room
        left, group = self.population.n - self._next, self.population.group
        count = left if left <= most else most - most % (group if group <= self._room else 1)
        neurons = np.arange(self._next, self._next + max(count, 0))
        return replace(self._whole, neurons=neurons) if count > 0 else None

    def advance(self, fragment: Fragment) -> None:
        self._next += len(fragment.neurons)

    @property
    def done(self) -> bool:
        return self._next == self.population.n


class FixedFragments(Fragments):
    """Fragments that were cut beforehand."""

    def __init__(
        self, population: Population, fmt: WeightFormat, plan: PatchPlan | None,
        fragments: list[Fragment],
    ) -> None:  # fmt: skip
        super().__init__(population, fmt, plan)
        self._fragments, self._next = fragments, 0

    def peek(self, room: int | None = None) -> Fragment | None:
        fragment = self._fragments[self._next]
        return fragment if room is None or len(fragment.neurons) <= room else None

    def advance(self, fragment: Fragment) -> None:
        self._next += 1

    @property
    def done(self) -> bool:
        return self._next == len(self._fragments)


def split_population(
    network: Network, population: Population, core: CoreParams, strategy: str
) -> Fragments:
    """Cut a population for `core`. Raises InputError when no axon extension fits it."""
    incoming = network.incoming(population.name)
    if all(isinstance(c, Dense) for c in incoming):
        return _flat(network, population, core, strategy)
    if len(incoming) == 1 and isinstance(incoming[0], Conv):
        return _patched(network, population, incoming[0], core, strategy)
    return _irregular(network, population, core)


def _arrival(network: Network, population: Population, source: str) -> int:
    (delay,) = {c.delay for c in network.incoming(population.name) if c.source == source}
    return levels(network)[population.name] + delay


def _flat(
    network: Network, population: Population, core: CoreParams, strategy: str
) -> FlatFragments:
    blocks = []
    for source, size in source_sizes(network, population).items():
        arrival, every = _arrival(network, population, source), np.arange(size)
        blocks.append(AxonBlock(source, arrival, every, every, size, (source, arrival, "all")))
    _, fmt = merged_weights(network, population)
    extension = _extension(sum(b.size for b in blocks), fmt, core)
    plan = plan_layer(_flat_shape(network, population, fmt), core, strategy)
    whole = Fragment(np.arange(population.n), tuple(blocks), extension)
    room = core.neurons // extension // fmt.columns
    return FlatFragments(population, fmt, plan, whole, room)


def _flat_shape(network: Network, population: Population, fmt: WeightFormat) -> LayerShape:
    """A fully connected layer as the patch search sees it: a kernel as large as the map."""
    sizes, k_rep = source_sizes(network, population), population.group
    shape: tuple[int, ...] = (sum(sizes.values()),)
    group = 1
    if len(sizes) == 1:
        (source,) = sizes
        shape = network.shape_of(source)
        group = _group(network, source)
    return LayerShape(
        size=shape[1:], depth_in=shape[0] // group, depth_out=population.n // k_rep,
        kernel=shape[1:], stride=(1,) * len(shape[1:]), padding=(0,) * len(shape[1:]),
        k_rep_in=group, k_rep_out=k_rep, k_wei=fmt.columns,
    )  # fmt: skip


def _group(network: Network, source: str) -> int:
    return network.input_group if source == INPUT else network[source].group


def _extension(fan_in: int, fmt: WeightFormat, core: CoreParams) -> int:
    """The axon extension for a fan-in; InputError when the core has no such extension."""
    extension = extension_for(fan_in, core.axons)
    if extension > core.max_extension:
        raise InputError(
            f"fan-in {fan_in} needs axon extension {extension}; the core reaches "
            f"{core.max_extension} x {core.axons} = {core.max_extension * core.axons} axons"
        )
    if fmt.columns > core.neurons // extension:
        raise InputError(
            f"a neuron takes {fmt.columns} columns x extension {extension}, "
            f"the core has {core.neurons}"
        )
    return extension


def _patched(
    network: Network, population: Population, conv: Conv, core: CoreParams, strategy: str
) -> FixedFragments:
    """Patches of a convolution (Zou et al. 2021, section 3.2).

    A pixel's axon follows from its coordinates modulo the input patch, so it has the same number
    in every core whose patch holds it, and one multicast packet reaches them all.
    """
    _, fmt = merged_weights(network, population)
    k_rep, k_rep_in = population.group, _group(network, conv.source)
    if network.shape_of(conv.source) != conv.input_shape:
        k_rep_in = 1  # the map's channels are not those that the source's groups stand for
    shape = LayerShape(
        size=conv.spatial, depth_in=conv.input_shape[0] // k_rep_in,
        depth_out=population.shape[0] // k_rep, kernel=conv.kernel, stride=conv.stride,
        padding=conv.padding, k_rep_in=k_rep_in, k_rep_out=k_rep, k_wei=fmt.columns,
    )  # fmt: skip
    plan = plan_layer(shape, core, strategy)
    neurons = np.arange(population.n).reshape(population.shape)
    arrival = _arrival(network, population, conv.source)
    fragments = []
    for tile in plan.tiles:
        channels = slice(tile.channels[0] * k_rep, tile.channels[1] * k_rep)
        outputs = neurons[(channels, *(slice(*r) for r in tile.outputs))]
        block = _window(conv, arrival, tile.inputs, _patch(plan, tile))
        fragments.append(Fragment(outputs.ravel(), (block,), tile.extension))
    return FixedFragments(population, fmt, plan, fragments)


def _patch(plan: PatchPlan, tile: Tile) -> tuple[int, ...]:
    """Sides by which a tile's pixels are numbered: the plan's input patch if it holds the tile."""
    window = tuple(stop - start for start, stop in tile.inputs)
    patch = plan.input_patch[:-1]
    fits = plan.shape.axons(prod(patch)) <= plan.core.axons * tile.extension
    return patch if fits and all(w <= p for w, p in zip(window, patch, strict=True)) else window


def _window(
    conv: Conv, arrival: int, window: tuple[Range, ...], patch: tuple[int, ...]
) -> AxonBlock:
    """Axons of the input pixels of a window, all channels."""
    elements = np.arange(prod(conv.input_shape)).reshape(conv.input_shape)
    ranges = [np.arange(conv.input_shape[0]), *(np.arange(*r) for r in window)]
    offset = np.zeros((1,) * len(ranges), np.int64)
    for axis, (position, side) in enumerate(zip(ranges, (conv.input_shape[0], *patch),
                                                strict=True)):  # fmt: skip
        offset = offset * side + np.expand_dims(
            position % side, [a for a in range(len(ranges)) if a != axis]
        )
    inside = elements[(slice(None), *(slice(*r) for r in window))]
    return AxonBlock(
        conv.source, arrival, inside.ravel(), offset.ravel(), conv.input_shape[0] * prod(patch),
        (conv.source, arrival, patch, window),
    )  # fmt: skip


def _irregular(network: Network, population: Population, core: CoreParams) -> FixedFragments:
    """Any other mixture of connections: halve the population until the parts fit."""
    weights, fmt = merged_weights(network, population)
    arrivals = {s: _arrival(network, population, s) for s in weights}
    waiting = [np.arange(population.n).reshape(population.shape)]
    fragments = list[Fragment]()
    while waiting:
        box = waiting.pop()
        blocks = tuple(_needed(s, w, arrivals[s], box.ravel()) for s, w in weights.items())
        fan_in = sum(b.size for b in blocks)
        f = _extension(fan_in, fmt, core) if box.size == 1 else extension_for(fan_in, core.axons)
        if f <= core.max_extension and box.size * fmt.columns <= core.neurons // f:
            fragments.append(Fragment(box.ravel(), blocks, f))
        else:
            # Space before channels: what the channels of a place share are their axons.
            axis = max(range(box.ndim), key=lambda d: (box.shape[d] > 1, d > 0, box.shape[d]))
            waiting += np.split(box, [box.shape[axis] // 2], axis=axis)[::-1]
    return FixedFragments(population, fmt, None, fragments)


def _needed(source: str, weights: csr_array, arrival: int, neurons: Indices) -> AxonBlock:
    elements = np.unique(weights[neurons].indices).astype(np.int64)
    return AxonBlock(source, arrival, elements, np.arange(len(elements)), len(elements),
                     (source, arrival, elements.tobytes()))  # fmt: skip
