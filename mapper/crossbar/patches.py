"""How a layer is cut into patches, one per core (Zou et al. 2021, section 3.2, equations 11-22).

A core computes a box of the layer's outputs, an output patch, from the box of inputs that it
looks at, the input patch with all of its channels. Spatial sizes have any rank, none included.
"""

import math
from dataclasses import dataclass
from itertools import product

from ..errors import InputError
from ..topology import Layer, convolved
from .params import CoreParams

__all__ = ["LayerShape", "PatchPlan", "Range", "Tile", "cut", "regular_plan"]

Range = tuple[int, int]
"""start, stop"""


@dataclass(frozen=True, kw_only=True)
class LayerShape:
    """What the cutting depends on; spatial sizes in the order of the map's dimensions.

    size:             input map without padding; () when neither side has a place (784-800)
    depth_in, depth_out: channels (before replication); neurons, where there is no place
    kernel, stride, padding: as long as `size`. Fully connected: the kernel is the whole map
    k_rep_in, k_rep_out: spiking neurons that stand for one neuron of source and layer
    k_wei:            columns per weight, 2 for ternary
    """

    size: tuple[int, ...]
    depth_in: int
    depth_out: int
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    k_rep_in: int = 1
    k_rep_out: int = 1
    k_wei: int = 2

    def __post_init__(self) -> None:
        if not len(self.size) == len(self.kernel) == len(self.stride) == len(self.padding):
            raise InputError(
                f"kernel {self.kernel}, stride {self.stride} and padding {self.padding} must have "
                f"one number per dimension of the map {self.size}"
            )
        counts = (self.depth_in, self.depth_out, self.k_rep_in, self.k_rep_out, self.k_wei)
        if min((*self.size, *self.kernel, *self.stride, *counts)) < 1:
            raise InputError(f"sizes must be at least 1: {self}")
        for n, k, p in zip(self.size, self.kernel, self.padding, strict=True):
            if not 0 <= p < k <= n + 2 * p:
                raise InputError(
                    f"kernel {k} on a map of {n} with padding {p}: the padding must be smaller "
                    "than the kernel, the kernel not larger than the padded map"
                )

    @classmethod
    def of(
        cls, layer: Layer, k_rep_in: int = 1, k_rep_out: int = 1, k_wei: int = 2
    ) -> "LayerShape":
        """The shape of a topology's layer."""
        return cls(
            size=layer.input_shape[1:],
            depth_in=layer.input_shape[0],
            depth_out=layer.channels,
            kernel=layer.kernel,
            stride=layer.stride,
            padding=layer.padding,
            k_rep_in=k_rep_in,
            k_rep_out=k_rep_out,
            k_wei=k_wei,
        )

    @property
    def output_size(self) -> tuple[int, ...]:
        """Spatial sizes of the output map (eq. 13)."""
        return convolved(self.size, self.kernel, self.stride, self.padding)

    def window(self, dimension: int, outputs: Range) -> Range:
        """Inputs that outputs start..stop-1 of a dimension look at; padding is no input."""
        s, p = self.stride[dimension], self.padding[dimension]
        stop = (outputs[1] - 1) * s - p + self.kernel[dimension]
        return max(0, outputs[0] * s - p), min(self.size[dimension], stop)

    def input_patch(self, sizes: tuple[int, ...]) -> tuple[int, ...]:
        """The most inputs per dimension that `sizes` outputs look at, at any place (eq. 13)."""
        return tuple(
            min(n, (o - 1) * s + k)
            for n, o, s, k in zip(self.size, sizes, self.stride, self.kernel, strict=True)
        )

    def axons(self, inputs: int) -> int:
        """Axons of `inputs` places of the input map, all channels."""
        return inputs * self.depth_in * self.k_rep_in

    def columns(self, outputs: int, depth: int) -> int:
        """Columns, in each phase, of `outputs` places of the output map, `depth` channels."""
        return outputs * depth * self.k_rep_out * self.k_wei

    def extension(self, inputs: int, core: CoreParams) -> int:
        """Smallest axon extension f (a power of two) for `inputs` places; the core may lack it."""
        return 1 << (-(-self.axons(inputs) // core.axons) - 1).bit_length()

    def depth_room(self, outputs: int, inputs: int, core: CoreParams) -> int:
        """Output channels that one core holds of a patch; 0 when it does not fit (eq. 11)."""
        f = self.extension(inputs, core)
        if f > core.max_extension:
            return 0
        return min(self.depth_out, core.neurons // (f * self.columns(outputs, 1)))

    def tile(self, outputs: tuple[Range, ...], channels: Range, extension: int) -> "Tile":
        """One core's work; see Tile."""
        inputs = tuple(self.window(i, r) for i, r in enumerate(outputs))
        return Tile(
            channels, outputs, inputs, extension,
            self.axons(_volume(inputs)),
            self.columns(_volume(outputs), channels[1] - channels[0]),
        )  # fmt: skip


@dataclass(frozen=True)
class Tile:
    """One core's part of a layer.

    channels:  output channels start..stop-1 (before replication)
    outputs:   per dimension, outputs start..stop-1
    inputs:    per dimension, the inputs that these look at, without padding; all channels
    extension: f of the core
    axons:     axons in use, at most f x axons of the core
    columns:   columns in use in each phase, at most neurons of the core / f
    """

    channels: Range
    outputs: tuple[Range, ...]
    inputs: tuple[Range, ...]
    extension: int
    axons: int
    columns: int


@dataclass(frozen=True)
class PatchPlan:
    """A layer cut into tiles that together are its output, each output in one tile.

    input_patch, output_patch: spatial sizes, then channels (before replication), of a full patch;
                               in an irregular plan, of the tile with the most outputs
    extension:                 f of that patch
    """

    shape: LayerShape
    core: CoreParams
    input_patch: tuple[int, ...]
    output_patch: tuple[int, ...]
    extension: int
    tiles: tuple[Tile, ...]

    @property
    def cores(self) -> int:
        """Cores that the layer takes when it shares none."""
        return len(self.tiles)

    @property
    def density_axon(self) -> float:
        """Share of the f x axons that a full patch uses (eq. 15)."""
        return self.shape.axons(math.prod(self.input_patch[:-1])) / (
            self.core.axons * self.extension
        )

    @property
    def density_neuron(self) -> float:
        """Share of the columns that a full patch uses (eq. 14)."""
        return self._columns * self.extension / self.core.neurons

    @property
    def density_synapse(self) -> float:
        """Share of the crossbar's synapses that a full patch's weights take (eq. 16).

        Where the input patch is smaller than the kernel, at a border, there are fewer weights.
        """
        fan_in = self.shape.axons(math.prod(map(min, self.shape.kernel, self.input_patch)))
        return self._columns * fan_in / (self.core.axons * self.core.neurons)

    @property
    def _columns(self) -> int:
        return self.shape.columns(math.prod(self.output_patch[:-1]), self.output_patch[-1])


def cut(n: int, step: int) -> list[Range]:
    """0..n-1 in pieces of `step`, the last one smaller."""
    return [(start, min(start + step, n)) for start in range(0, n, step)]


def regular_plan(shape: LayerShape, core: CoreParams, sizes: tuple[int, ...]) -> PatchPlan:
    """Equal patches of `sizes` outputs, as many channels as fit, the last ones smaller.

    The number of patches is that of equations 20-22, rounded up. InputError: it fits at no f.
    """
    patch = shape.input_patch(sizes)
    depth = shape.depth_room(math.prod(sizes), math.prod(patch), core)
    if not depth:
        raise InputError(_problem(shape, core, sizes, patch))
    f = shape.extension(math.prod(patch), core)
    places = (cut(n, step) for n, step in zip(shape.output_size, sizes, strict=True))
    tiles = tuple(
        shape.tile(outputs, channels, f)
        for outputs in product(*places)
        for channels in cut(shape.depth_out, depth)
    )
    return PatchPlan(shape, core, (*patch, shape.depth_in), (*sizes, depth), f, tiles)


def _problem(
    shape: LayerShape, core: CoreParams, sizes: tuple[int, ...], patch: tuple[int, ...]
) -> str:
    f = shape.extension(math.prod(patch), core)
    needs = (
        f"input patch {'x'.join(map(str, (*patch, shape.depth_in)))} x k_rep {shape.k_rep_in} "
        f"= {shape.axons(math.prod(patch))} axons needs axon extension {f}"
    )
    if f > core.max_extension:
        reach = core.max_extension * core.axons
        return f"{needs}; the core reaches {core.max_extension} x {core.axons} = {reach} axons"
    return (
        f"{needs}, which leaves {core.neurons // f} of {core.neurons} columns; an output patch "
        f"{'x'.join(map(str, (*sizes, 1)))} x k_rep {shape.k_rep_out} x k_wei {shape.k_wei} takes "
        f"{shape.columns(math.prod(sizes), 1)}"
    )


def _volume(box: tuple[Range, ...]) -> int:
    return math.prod(stop - start for start, stop in box)
