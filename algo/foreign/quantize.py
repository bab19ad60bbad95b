"""Integers for a network of floats: the weights' step and the leak, layer by layer, that change its
spikes least.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mapper.decisions import Decision
from mapper.network import INPUT, Network, is_direct
from mapper.semantics import Reset

from ..encoders import encode
from .candidates import Candidate, candidates
from .graph import FloatNetwork, FloatPopulation
from .simulate import FloatTrace, float_inputs, simulate

__all__ = ["LayerFit", "quantize_network"]

_VALUES = 1 << 24  # integers of a layer's sums that are in work at a time


@dataclass(frozen=True)
class LayerFit:
    """What became of a population.

    leak: as trained; used: the hardware's leak; step: what one integer stands for; threshold:
    least and largest, None of a readout; float_rate, rate: spikes per neuron and tick of the
    floats and the integers, on the calibration samples; None without them, and of a readout
    """

    name: str
    neurons: int
    leak: float
    used: float
    step: float
    threshold: tuple[int, int] | None
    float_rate: float | None
    rate: float | None


def quantize_network(
    network: FloatNetwork,
    name: str,
    *,
    format: str,
    ticks: int,
    encoding: dict[str, Any],
    reset: Reset,
    decision: Decision,
    images: npt.NDArray[np.uint8] | None = None,
    progress: Callable[[str], None] = lambda population: None,
) -> tuple[Network, list[LayerFit]]:
    """The integer Network, and a line per population.

    format: "int2".."int8", of all weights
    images: (N, *shape) to calibrate with: sources first, each population gets the step and leak
        with which its spikes, summed over ticks (a readout: its last potentials), differ least
        from the float network's, while it hears what the integers before it say. Without images:
        the step with which the weights differ least, and the nearest leak.
    progress: told each population's name

    Raises InputError where a Network cannot hold the result.
    """
    traces, fired = dict[str, FloatTrace](), dict[str, npt.NDArray[Any]]()
    if images is not None:
        traces = simulate(network, float_inputs(images, encoding, ticks), reset)
        fired = {INPUT: encode(images, encoding, ticks)}
    shapes = {INPUT: network.input_shape} | {p.name: p.shape for p in network.populations}
    chosen, fits = [], []
    for p in network.populations:
        progress(p.name)
        found = candidates(p, shapes, format, reset, is_direct(encoding))
        if images is None:
            best = min(found, key=lambda c: (c.squares, abs(_factor(c) - p.neuron.leak)))
        else:
            best, fired[p.name] = _least_changed(found, fired, traces[p.name])
        chosen.append(best)
        fits.append(_fit(p, best, traces.get(p.name), fired.get(p.name)))
    return Network(
        name, network.input_shape, tuple(c.population for c in chosen),
        tuple(connection for c in chosen for connection in c.connections), network.output.name,
        ticks=ticks, decision=decision, encoding=encoding,
    ), fits  # fmt: skip


def _factor(candidate: Candidate) -> float:
    return candidate.population.decay.factor


def _least_changed(
    found: Iterable[Candidate], fired: dict[str, npt.NDArray[Any]], wanted: FloatTrace
) -> tuple[Candidate, npt.NDArray[np.bool_]]:
    """The candidate that comes nearest to the floats, and its spikes."""
    counts = wanted.spikes.sum(axis=1, dtype=np.int64)
    best: tuple[float, Candidate, npt.NDArray[np.bool_]] | None = None
    for candidate in found:
        spikes, v = _run(candidate, fired)
        if candidate.population.neuron.spiking:
            error = float(((spikes.sum(axis=1) - counts) ** 2).mean())
        else:
            error = float(((v * candidate.step - wanted.potential) ** 2).mean())
        if best is None or error < best[0]:
            best = error, candidate, spikes
    assert best is not None
    return best[1:]


def _run(
    candidate: Candidate, fired: dict[str, npt.NDArray[Any]]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Spikes (samples, ticks, n) and last potentials (samples, n), in exact integers."""
    p = candidate.population
    samples, ticks, _ = fired[INPUT].shape
    spikes, last = np.zeros((samples, ticks, p.n), bool), np.zeros((samples, p.n), np.int64)
    size = max(1, _VALUES // (ticks * p.n))
    ahead = [c for c in candidate.connections if c.delay == 0]
    own = [c for c in candidate.connections if c.delay]
    for start in range(0, samples, size):
        part = slice(start, start + size)
        count = len(last[part])
        sums = np.zeros((count, ticks, p.n))
        for c in ahead:
            source = fired[c.source][part]
            sums += c.product(source.reshape(count * ticks, -1)).reshape(sums.shape)
        state = p.neuron.initial_state(p, count)
        for tick in range(ticks):
            total = sums[:, tick]
            for c in own:
                if tick >= c.delay:
                    total = total + c.product(spikes[part, tick - c.delay])
            spikes[part, tick] = p.neuron.step(p, state, total.astype(np.int64))
        last[part] = state["v"]
    return spikes, last


def _fit(
    p: FloatPopulation, best: Candidate, wanted: FloatTrace | None,
    spikes: npt.NDArray[np.bool_] | None,
) -> LayerFit:  # fmt: skip
    threshold, spiking = best.population.threshold, best.population.neuron.spiking
    return LayerFit(
        p.name, best.population.n, p.neuron.leak, _factor(best), best.step,
        (int(threshold.min()), int(threshold.max())) if spiking else None,
        float(wanted.spikes.mean()) if spiking and wanted is not None else None,
        float(spikes.mean()) if spiking and spikes is not None else None,
    )  # fmt: skip
