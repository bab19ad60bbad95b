"""A network of floats, run as its NIR file says: what the integers are compared with."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mapper.decisions import class_scores
from mapper.network import INPUT, is_direct
from mapper.semantics import Reset

from ..encoders import PIXEL_MAXIMUM, encode
from .graph import FloatNetwork, FloatPath, FloatPopulation

__all__ = ["FloatTrace", "float_inputs", "float_scores", "simulate"]

_BLOCK = 1 << 24  # values of a layer's inputs or outputs that are in work at a time


@dataclass(frozen=True, eq=False)
class FloatTrace:
    """Of a population: spikes uint8 (samples, ticks, n); potential float64 (samples, n), after
    the last tick, of the scaled neuron (see `algo.foreign.neurons`)
    """

    spikes: npt.NDArray[np.uint8]
    potential: npt.NDArray[np.float64]


def float_inputs(
    images: npt.NDArray[np.uint8], encoding: dict[str, Any], ticks: int
) -> npt.NDArray[np.float64]:
    """What a network is fed with, (N, ticks, inputs): spikes, or pixels in 0..1."""
    found = encode(images, encoding, ticks).astype(np.float64)
    return found / PIXEL_MAXIMUM if is_direct(encoding) else found


def simulate(
    network: FloatNetwork, inputs: npt.NDArray[np.float64], reset: Reset
) -> dict[str, FloatTrace]:
    """Run inputs (samples, ticks, n_inputs); each population's trace, by name.

    reset: ZERO as NIR says, or SUBTRACT: by the threshold
    """
    fired: dict[str, npt.NDArray[Any]] = {INPUT: inputs}
    shapes = {INPUT: network.input_shape} | {p.name: p.shape for p in network.populations}
    traces = {}
    for population in network.populations:
        traces[population.name] = _run(population, fired, shapes, reset)
        fired[population.name] = traces[population.name].spikes
    return traces


def _run(
    population: FloatPopulation,
    fired: dict[str, npt.NDArray[Any]],
    shapes: dict[str, tuple[int, ...]],
    reset: Reset,
) -> FloatTrace:
    samples, ticks, _ = fired[INPUT].shape
    n, neuron = len(population.offset), population.neuron
    ahead = population.offset.reshape(1, 1, n).repeat(samples, ticks, 1)
    for path in population.paths:
        if path.delay == 0:
            ahead += _through(path, fired[path.source], shapes[path.source])
    own = [path for path in population.paths if path.delay]
    spikes = np.zeros((samples, ticks, n), np.uint8)
    v = torch.zeros(samples, n, dtype=torch.float64)
    threshold = None if neuron.threshold is None else torch.from_numpy(neuron.threshold).flatten()
    for tick in range(ticks):
        v = neuron.leak * v + ahead[:, tick]
        for path in own:
            if tick >= path.delay:
                heard = spikes[:, tick - path.delay : tick - path.delay + 1]
                v += _through(path, heard, population.shape)[:, 0]
        if threshold is not None:
            now = v >= threshold
            spikes[:, tick] = now.numpy()
            v = torch.where(now, v - threshold if reset == Reset.SUBTRACT else 0.0, v)
    return FloatTrace(spikes, v.numpy())


def _through(path: FloatPath, fired: npt.NDArray[Any], shape: tuple[int, ...]) -> Tensor:
    """(samples, ticks, n of the target) of spikes (samples, ticks, n of the source)."""
    samples, ticks, n = fired.shape
    size = max(1, _BLOCK // n)
    flat, found = fired.reshape(samples * ticks, n), []
    for start in range(0, samples * ticks, size):
        x = torch.from_numpy(flat[start : start + size].astype(np.float64)).reshape(-1, *shape)
        for operator in path.operators:
            x = operator(x)
        found.append(x.flatten(1))
    return torch.cat(found).reshape(samples, ticks, -1)


def float_scores(
    network: FloatNetwork,
    images: npt.NDArray[np.uint8],
    encoding: dict[str, Any],
    ticks: int,
    reset: Reset,
    decision: str,
) -> npt.NDArray[np.generic]:
    """What decides, (N, classes), see `mapper.decisions.class_scores`."""
    size = max(1, _BLOCK // (ticks * max(len(p.offset) for p in network.populations)))
    parts = []
    for start in range(0, len(images), size):
        inputs = float_inputs(images[start : start + size], encoding, ticks)
        found = simulate(network, inputs, reset)[network.output.name]
        parts.append(class_scores(decision, found.spikes, found.potential))
    return np.concatenate(parts)
