"""Topologies: a network's layers as one line of text, "28x28x16-16C5-2P2-32C5-2P2-256-10".

The notation is the field's (Zou et al. 2021, section 4.1: mCn, mPn, mFC), made explicit where
papers leave padding and input to the prose. Parts are joined by `-`; the first is the input:

    784            neurons without a place
    28x28          height x width, one channel
    28x28x16       height x width x channels
    7x21x128x1     depth x height x width x channels
    1d:128x2       length x channels
    1d:128         length, one channel

The others are layers:

    16C5           convolution: 16 output channels, kernel 5 in every dimension, stride 1, valid
    16C3x5         the same with one number per dimension, in the order of the input
    16C5s2p1       stride 2, padding 1 on every side (each number or number x number ...)
    2P2            pooling as a convolution: kernel 2, stride 2, keeps the number of channels;
                   a full convolution with weights of its own, over all channels
    P2             short for 2P2
    800  or  800FC fully connected to everything before
    100R           the same, and to its own spikes of the tick before (recurrent)

A part like the input's with at least two sizes, not the first and not the last, is no layer:

    90x27          the neurons before it, in their order, as a map of these sizes. Channels can
                   become a dimension of a map, or two dimensions one: 2-D layers after 3-D ones
"""

import math
import re
from dataclasses import dataclass
from typing import Literal

from .errors import InputError

__all__ = ["Layer", "Topology", "convolved", "parse_topology"]

_NUMBER = "[1-9][0-9]{0,6}"
_SIZES = f"{_NUMBER}(?:x{_NUMBER})*"
_PADDING = "(?:p(?P<padding>[0-9]{1,7}(?:x[0-9]{1,7})*))?"
_INPUT = re.compile(f"(?P<rank>1d:)?(?P<sizes>{_SIZES})")
_MAP = re.compile(f"1d:{_SIZES}|{_NUMBER}(?:x{_NUMBER})+")
_MAPS = (
    "height x width (28x28), height x width x channels (28x28x16), depth x height x width x "
    "channels, or 1d:length x channels (1d:128x2)"
)
_CONV = re.compile(
    f"(?P<channels>{_NUMBER})C(?P<kernel>{_SIZES})(?:s(?P<stride>{_SIZES}))?{_PADDING}"
)
_POOL = re.compile(f"(?P<kernel>{_SIZES})?P(?P<stride>{_SIZES}){_PADDING}")
_DENSE = re.compile(f"(?P<neurons>{_NUMBER})(?:FC|(?P<recurrent>R))?")
_MAX_NEURONS, _MAX_WEIGHTS = 1 << 24, 1 << 28


@dataclass(frozen=True)
class Layer:
    """One layer; sizes in the order of the input's dimensions.

    kind:     "conv", "pool" (a convolution that keeps the number of channels) or "dense"
    channels: output channels; neurons of a dense layer
    kernel, stride, padding: one number per spatial dimension. A dense layer is a convolution
              whose kernel is the whole map: kernel = input_shape[1:], stride 1, no padding
    input_shape, output_shape: channels first, (C, L), (C, H, W), (C, D, H, W); (n,) without
              spatial dimensions, as every dense layer's output
    text:     the layer as written
    recurrent: a dense layer that also hears its own spikes, a tick later
    """

    kind: Literal["conv", "pool", "dense"]
    channels: int
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    text: str
    recurrent: bool = False

    @property
    def fan_in(self) -> int:
        """Inputs of one output neuron, away from the borders."""
        return self.input_shape[0] * math.prod(self.kernel)


@dataclass(frozen=True)
class Topology:
    """input_shape: channels first, or (n,); layers: at least one."""

    input_shape: tuple[int, ...]
    layers: tuple[Layer, ...]

    @property
    def output_shape(self) -> tuple[int, ...]:
        return self.layers[-1].output_shape


def parse_topology(text: str) -> Topology:
    """Read the notation of this module; InputError names the layer and what would be right."""
    first, *rest = text.split("-")
    shape = input_shape = _input_shape(first, text)
    if not rest:
        raise InputError(f"topology {text!r}: expected layers after the input, as in 784-800-10")
    layers = list[Layer]()
    for i, part in enumerate(rest, 1):
        try:
            if _MAP.fullmatch(part):
                shape = _reshaped(part, shape, last=i == len(rest), first=i == 1)
                continue
            layers.append(_layer(part, shape))
        except InputError as error:
            raise InputError(f"topology {text!r}: layer {i} ({part!r}): {error}") from error
        shape = layers[-1].output_shape
    return Topology(input_shape, tuple(layers))


def _input_shape(part: str, text: str) -> tuple[int, ...]:
    where = f"topology {text!r}: input {part!r}"
    shape = _shape(part)
    if not shape:
        raise InputError(f"{where}: expected neurons (784), {_MAPS}")
    _check_size(math.prod(shape), _MAX_NEURONS, f"{where}: neurons")
    return shape


def _shape(part: str) -> tuple[int, ...]:
    """Channels first; () for anything that is no shape."""
    found = _INPUT.fullmatch(part)
    sizes = tuple(int(n) for n in found["sizes"].split("x")) if found else ()
    if found and found["rank"]:
        sizes = {1: (*sizes, 1), 2: sizes}.get(len(sizes), ())
    elif len(sizes) == 2:
        sizes = (*sizes, 1)
    return (sizes[-1], *sizes[:-1]) if 1 <= len(sizes) <= 4 else ()


def _reshaped(part: str, shape: tuple[int, ...], first: bool, last: bool) -> tuple[int, ...]:
    """The same neurons, in C order, channels first, as the map that `part` says."""
    if first or last:
        raise InputError(
            "a map stands between layers, for the neurons of the one before it: "
            + ("write it as the input" if first else "no layer follows")
        )
    new = _shape(part)
    if not new:
        raise InputError(f"expected {_MAPS}")
    if math.prod(new) != math.prod(shape):
        raise InputError(
            f"a map of {math.prod(new)} neurons, those before it are {math.prod(shape)}, "
            f"channels first {_joined(shape)}"
        )
    return new


def _layer(part: str, shape: tuple[int, ...]) -> Layer:
    if found := _DENSE.fullmatch(part):
        return _dense(int(found["neurons"]), shape, part, bool(found["recurrent"]))
    if found := _CONV.fullmatch(part):
        return _conv("conv", int(found["channels"]), found, shape)
    if found := _POOL.fullmatch(part):
        return _conv("pool", shape[0], found, shape)
    raise InputError(
        "expected neurons (800 or 800FC, recurrent 100R), a convolution (16C5, 64C3p1, 32C3s2p1) "
        "or a pooling (2P2); see mapper.topology"
    )


def _dense(neurons: int, shape: tuple[int, ...], part: str, recurrent: bool) -> Layer:
    kernel = shape[1:]
    own = neurons * neurons if recurrent else 0
    _check_size(neurons * math.prod(shape) + own, _MAX_WEIGHTS, "weights")
    flat, zeros = (1,) * len(kernel), (0,) * len(kernel)
    return Layer("dense", neurons, kernel, flat, zeros, shape, (neurons,), part, recurrent)


def _conv(
    kind: Literal["conv", "pool"], channels: int, found: re.Match[str], shape: tuple[int, ...]
) -> Layer:
    if len(shape) == 1:
        raise InputError(
            "a convolution needs spatial dimensions, and what comes before has none: begin with "
            "an input such as 28x28, and put fully connected layers last"
        )
    size = shape[1:]
    kernel = _per_dimension("kernel", found["kernel"] or found["stride"], size)
    stride = _per_dimension("stride", found["stride"] or "1", size)
    padding = _per_dimension("padding", found["padding"] or "0", size)
    for n, k, p in zip(size, kernel, padding, strict=True):
        if p >= k:
            raise InputError(f"padding {p} is not smaller than the kernel, {k}")
        if k > n + 2 * p:
            raise InputError(f"kernel {k} is larger than the map, {_joined(size)} and padding {p}")
    output = (channels, *convolved(size, kernel, stride, padding))
    _check_size(math.prod(output), _MAX_NEURONS, "neurons")
    _check_size(channels * shape[0] * math.prod(kernel), _MAX_WEIGHTS, "weights")
    return Layer(kind, channels, kernel, stride, padding, shape, output, found[0])


def convolved(
    size: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
) -> tuple[int, ...]:
    """Spatial sizes of a convolution's output (Zou et al. 2021, eq. 13)."""
    return tuple(
        (n + 2 * p - k) // s + 1 for n, k, s, p in zip(size, kernel, stride, padding, strict=True)
    )


def _per_dimension(what: str, text: str, size: tuple[int, ...]) -> tuple[int, ...]:
    numbers = tuple(int(n) for n in text.split("x"))
    if len(numbers) == 1:
        return numbers * len(size)
    if len(numbers) != len(size):
        raise InputError(
            f"{what} {text} has {len(numbers)} numbers, the map {_joined(size)} has {len(size)}"
        )
    return numbers


def _check_size(found: int, limit: int, what: str) -> None:
    if found > limit:
        raise InputError(f"{what}: {found} are too many, at most {limit}")


def _joined(size: tuple[int, ...]) -> str:
    return "x".join(map(str, size))
