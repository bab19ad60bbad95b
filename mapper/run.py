"""Run a Network layer by layer in numpy integers: the executable specification."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from .errors import InputError
from .network import INPUT, Dense, Network, Population
from .neurons import State

__all__ = ["NetworkTrace", "check_spikes", "decide", "run_network"]


@dataclass
class NetworkTrace:
    """What happened, per population.

    spikes:     bool (samples, ticks, n)
    potentials: int64 (samples, ticks, n), after the reset of each tick
    """

    spikes: dict[str, npt.NDArray[np.bool_]] = field(default_factory=dict)
    potentials: dict[str, npt.NDArray[np.int64]] = field(default_factory=dict)


def check_spikes(network: Network, spikes: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
    """Return input spikes as bool (samples, ticks, n_inputs); InputError for anything else."""
    expected = (network.ticks, network.n_inputs)
    if spikes.ndim != 3 or spikes.shape[1:] != expected:
        raise InputError(f"input spikes have shape {spikes.shape}, expected (samples, *{expected})")
    if spikes.dtype != bool and not np.isin(spikes, (0, 1)).all():
        raise InputError("input spikes must be 0 or 1")
    return spikes.astype(bool)


def run_network(
    network: Network, spikes: npt.NDArray[np.generic], keep: str = "all"
) -> NetworkTrace:
    """Run input `spikes` (samples, ticks, n_inputs) of 0 and 1 through the network.

    keep: "all" keeps every spike and potential; "decision" only the output population's.
    Populations are stepped tick by tick in topological order, so recurrent connections see the
    spikes of `delay` ticks ago. Raises InputError for spikes of a wrong shape or value.
    """
    spikes = check_spikes(network, spikes)
    samples, ticks, _ = spikes.shape
    order = network.order()
    states: dict[str, State] = {p.name: p.neuron.initial_state(p, samples) for p in order}
    trace = NetworkTrace()
    fired = {INPUT: spikes} | {p.name: np.zeros((samples, ticks, p.n), bool) for p in order}
    kept = order if keep == "all" else [network[network.output]]
    for p in kept:
        trace.potentials[p.name] = np.zeros((samples, ticks, p.n), np.int64)
    weights = {id(c): c.matrix().T.astype(np.float64) for c in network.connections}
    for t in range(ticks):
        for p in order:
            current = _current(network, p, fired, t, weights)
            fired[p.name][:, t] = p.neuron.step(p, states[p.name], current)
            if p.name in trace.potentials:
                trace.potentials[p.name][:, t] = states[p.name]["v"]
    trace.spikes = {p.name: fired[p.name] for p in kept}
    return trace


def _current(
    network: Network,
    population: Population,
    fired: dict[str, npt.NDArray[np.bool_]],
    t: int,
    weights: dict[int, npt.NDArray[np.float64]],
) -> npt.NDArray[np.int64]:
    """The exact weighted sum of tick t, (samples, n).

    The product runs in float64 because BLAS has no integers; sums of 32-bit-bounded integers
    below 2^53 are exact in it, in any order.
    """
    samples = fired[INPUT].shape[0]
    total = np.zeros((samples, population.n), np.float64)
    for c in network.incoming(population.name):
        if t >= c.delay:
            total += _product(fired[c.source][:, t - c.delay], c, weights)
    return total.astype(np.int64)


def _product(
    spikes: npt.NDArray[np.bool_], connection: Dense, weights: dict[int, npt.NDArray[np.float64]]
) -> npt.NDArray[np.float64]:
    return spikes.astype(np.float64) @ weights[id(connection)]


def decide(network: Network, trace: NetworkTrace) -> npt.NDArray[np.int64]:
    """The class of each sample (samples,): see `mapper.network.Decision`."""
    if network.decision == "spikes":
        return trace.spikes[network.output].sum(axis=1).argmax(axis=1)
    return trace.potentials[network.output][:, -1].argmax(axis=1)
