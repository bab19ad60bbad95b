"""What the Network's connections say of any pairs of elements, by the definition of each kind."""

from collections.abc import Callable, Iterator
from math import prod

import numpy as np
import numpy.typing as npt

from ..errors import InputError
from ..network import Conv, Dense, Network
from .words import Integers

__all__ = ["in_padding", "missing", "weights"]


def _coordinates(indices: Integers, shape: tuple[int, ...]) -> list[Integers]:
    return [np.asarray(a) for a in np.unravel_index(indices, shape)]


def _output_shape(c: Conv) -> tuple[int, ...]:
    facts = zip(c.input_shape[1:], c.weight.shape[2:], c.stride, c.padding, strict=True)
    return (len(c.weight), *((n + 2 * p - k) // s + 1 for n, k, s, p in facts))


def _conv(c: Conv, targets: Integers, sources: Integers) -> Integers:
    """Output place o of channel d sees input place i of channel e through kernel element
    i + padding - o * stride.
    """
    kernel = c.weight.shape[2:]
    channel, *out = _coordinates(targets, _output_shape(c))
    origin, *seen = _coordinates(sources, c.input_shape)
    inside = np.ones((len(targets), len(sources)), bool)
    flat = np.add.outer(channel * c.input_shape[0], origin)
    for o, i, k, s, p in zip(out, seen, kernel, c.stride, c.padding, strict=True):
        tap = i[None, :] + p - (o * s)[:, None]
        inside &= (tap >= 0) & (tap < k)
        flat = flat * k + tap
    return np.where(inside, c.weight.ravel()[np.where(inside, flat, 0)], 0)


def _each(
    network: Network, target: str, source: str, delay: int, dense: Callable[[Dense], Integers],
    conv: Callable[[Conv], Integers],
) -> Iterator[Integers]:  # fmt: skip
    """What `dense` or `conv` says of every connection of this delay from source to target."""
    for c in network.connections:
        if (c.source, c.target, c.delay) != (source, target, delay):
            continue
        if isinstance(c, Dense):
            yield dense(c)
        elif isinstance(c, Conv):
            yield conv(c)
        else:
            raise InputError(f"{c.where}: no audit knows connections of kind {type(c).__name__}")


def weights(
    network: Network, target: str, targets: Integers, source: str, sources: Integers, delay: int
) -> Integers:
    """(len(targets), len(sources)): the sum of all connections of this delay between them."""
    parts = _each(
        network, target, source, delay,
        lambda c: c.weight[np.ix_(targets, sources)], lambda c: _conv(c, targets, sources),
    )  # fmt: skip
    return sum(parts, np.zeros((len(targets), len(sources)), np.int64))


def _windows(
    c: Conv, targets: Integers
) -> Iterator[tuple[Integers, list[Integers], npt.NDArray[np.bool_]]]:
    """Per kernel element: its weights (target's channels, source's channels), the places of the
    source that the targets see through it, and which of these are not in the padding.
    """
    _, *out = _coordinates(targets, _output_shape(c))
    for offset in np.ndindex(*c.weight.shape[2:]):
        at = [o * s - p + k for o, s, p, k in zip(out, c.stride, c.padding, offset, strict=True)]
        inside = [(a >= 0) & (a < n) for a, n in zip(at, c.input_shape[1:], strict=True)]
        yield c.weight[(slice(None), slice(None), *offset)], at, np.logical_and.reduce(inside)


def _seen_by_conv(c: Conv, targets: Integers) -> Integers:
    """The source's elements that have a weight other than 0 onto any of the targets."""
    channel, spatial = _coordinates(targets, _output_shape(c))[0], c.input_shape[1:]
    seen = np.zeros((prod(spatial), c.input_shape[0]), bool)
    for kernel, at, inside in _windows(c, targets):
        place = np.ravel_multi_index([a[inside] for a in at], spatial)
        np.logical_or.at(seen, place, kernel[channel[inside]] != 0)
    return np.flatnonzero(seen.T.ravel())


def _outside_of_conv(c: Conv, targets: Integers) -> Integers:
    channel = _coordinates(targets, _output_shape(c))[0]
    unseen = [k[channel].T for k, _, inside in _windows(c, targets) if not inside.any()]
    return np.concatenate([np.zeros((0, len(targets)), np.int64), *unseen])


def missing(
    network: Network, target: str, targets: Integers, source: str, delay: int, known: Integers
) -> Integers:
    """The elements of `source`, but for `known` ones, that have a weight other than 0 onto any of
    the targets.
    """
    parts = _each(
        network, target, source, delay,
        lambda c: np.flatnonzero(c.weight[targets].any(axis=0)),
        lambda c: _seen_by_conv(c, targets),
    )  # fmt: skip
    seen = np.unique(np.concatenate([np.zeros(0, np.int64), *parts]))
    seen = np.setdiff1d(seen, known)
    return seen[weights(network, target, targets, source, seen, delay).any(axis=0)]


def in_padding(
    network: Network, target: str, targets: Integers, source: str, delay: int
) -> Integers:
    """(any, len(targets)): weights onto the targets through kernel elements that lie in the padding
    for each of them, and so see nothing.
    """
    nothing = np.zeros((0, len(targets)), np.int64)
    parts = _each(
        network, target, source, delay, lambda c: nothing, lambda c: _outside_of_conv(c, targets)
    )
    return np.concatenate([nothing, *parts])
