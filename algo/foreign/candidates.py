"""What a population of a float network can become in integers."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from mapper.connections import Connection, Conv, Dense
from mapper.network import INPUT, Population
from mapper.semantics import Decay, Reset
from mapper.weights import weight_format

from ..encoders import PIXEL_MAXIMUM
from ..layers.decay import HARDWARE_DECAYS
from .compose import compose
from .graph import FloatPath, FloatPopulation
from .operators import Convolution, Matrix

__all__ = ["CLIPS", "Candidate", "candidates"]

CLIPS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)
"""Parts of the largest weight that become the format's largest integer; larger ones are cut."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """step: what one integer stands for; squares: by which the weights differ, summed"""

    population: Population
    connections: tuple[Connection, ...]
    step: float
    squares: float


def candidates(
    p: FloatPopulation, shapes: dict[str, tuple[int, ...]], format: str, reset: Reset, direct: bool
) -> Iterator[Candidate]:
    """With every step, and with the leaks of the hardware next below and above that of `p`.

    All weights of a population have one step, because they add up in one integer; thresholds and
    biases are divided by it. shapes: of the sources; direct: the input has values 0..255, where
    the floats had 0..1
    """
    maps = [compose(path.operators, shapes[path.source]) for path in p.paths]
    weights = [_weights(m) / (PIXEL_MAXIMUM if direct and path.source == INPUT else 1)
               for m, path in zip(maps, p.paths, strict=True)]  # fmt: skip
    largest = max(float(w.abs().max()) for w in weights) or 1.0
    high = weight_format(format).high
    for step in dict.fromkeys(_step(p, clip * largest / high) for clip in CLIPS):
        rounded = [(w / step).round().clamp(-high, high) for w in weights]
        squares = sum(float(((w - step * r) ** 2).sum())
                      for w, r in zip(weights, rounded, strict=True))  # fmt: skip
        connections = tuple(
            _connection(p, path, m, r, format, step, shapes[path.source])
            for path, m, r in zip(p.paths, maps, rounded, strict=True)
        )
        for decay in _leaks(p.neuron.leak):
            yield Candidate(_population(p, decay, step, reset), connections, step, squares)


def _step(p: FloatPopulation, about: float) -> float:
    """Such that a threshold that all neurons share is a whole number of steps."""
    threshold = p.neuron.threshold
    if threshold is None or np.ptp(threshold) > 1e-6 * threshold.max():
        return about
    return float(threshold.mean() / max(1, round(threshold.mean() / about)))


def _weights(m: Convolution | Matrix) -> Tensor:
    return m.kernel if isinstance(m, Convolution) else m.weight


def _connection(
    p: FloatPopulation, path: FloatPath, m: Convolution | Matrix, rounded: Tensor, format: str,
    step: float, shape: tuple[int, ...],
) -> Connection:  # fmt: skip
    weight = rounded.numpy().astype(np.int64)
    if isinstance(m, Matrix):
        return Dense(path.source, p.name, weight, format, path.delay, step)
    return Conv(path.source, p.name, weight, format, path.delay, step,
                input_shape=shape, stride=m.stride, padding=m.padding)  # fmt: skip


def _leaks(leak: float) -> list[Decay]:
    factors = sorted({d.factor: d for d in reversed(HARDWARE_DECAYS)}.items())
    below = [d for factor, d in factors if factor <= leak][-1:]
    above = [d for factor, d in factors if factor >= leak][:1]
    return list(dict.fromkeys(below + above))


def _population(p: FloatPopulation, decay: Decay, step: float, reset: Reset) -> Population:
    bias = np.rint(p.offset.numpy() / step).astype(np.int64)
    if p.neuron.threshold is None:
        return Population(p.name, p.shape, kind="readout", decay=decay, bias=bias)
    # A float threshold that is a multiple of the step must not become the next one.
    threshold = np.ceil(np.ravel(p.neuron.threshold) / step - 1e-9).astype(np.int64)
    threshold = np.broadcast_to(threshold, bias.shape)
    return Population(p.name, p.shape, decay=decay, reset=reset, threshold=threshold, bias=bias)
