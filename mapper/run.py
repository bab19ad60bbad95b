"""Run a Network layer by layer in numpy integers: the executable specification."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from .decisions import class_scores
from .errors import InputError
from .network import INPUT, Network, Population
from .neurons import State

__all__ = ["NetworkTrace", "check_spikes", "decide", "decisive_scores", "run_network"]

_BLOCK = 1 << 22  # neurons x samples of the largest population that are in work at a time


@dataclass
class NetworkTrace:
    """What happened, per population.

    spikes:     bool (samples, ticks, n)
    potentials: int64 (samples, ticks, n), after the reset of each tick
    """

    spikes: dict[str, npt.NDArray[np.bool_]] = field(default_factory=dict)
    potentials: dict[str, npt.NDArray[np.int64]] = field(default_factory=dict)

    def part(self, samples: slice) -> "NetworkTrace":
        """A view of some of the samples."""
        return NetworkTrace(
            {name: a[samples] for name, a in self.spikes.items()},
            {name: a[samples] for name, a in self.potentials.items()},
        )


def check_spikes(
    network: Network, spikes: npt.NDArray[np.generic]
) -> npt.NDArray[np.bool_] | npt.NDArray[np.uint8]:
    """Return input spikes as bool (samples, ticks, n_inputs), or values of a direct-coded network
    as uint8; InputError for anything else.
    """
    expected = (network.ticks, network.n_inputs)
    if spikes.ndim != 3 or spikes.shape[1:] != expected:
        raise InputError(f"input spikes have shape {spikes.shape}, expected (samples, *{expected})")
    if network.direct:
        return _check_values(spikes)
    if spikes.dtype != bool and not np.isin(spikes, (0, 1)).all():
        raise InputError("input spikes must be 0 or 1")
    return spikes.astype(bool)


def _check_values(values: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
    if not np.issubdtype(values.dtype, np.integer) or values.min(initial=0) < 0:
        raise InputError("direct-coded inputs must be integers from 0 on")
    if values.max(initial=0) > 255:
        raise InputError(f"direct-coded inputs are at most 255, not {values.max()}")
    return values.astype(np.uint8)


def run_network(
    network: Network, spikes: npt.NDArray[np.generic], keep: str = "all"
) -> NetworkTrace:
    """Run input `spikes` (samples, ticks, n_inputs) of 0 and 1, or the values of a direct-coded
    network, through the network.

    keep: "all" keeps every spike and potential; "decision" only the output population's.
    Populations are stepped tick by tick in topological order, so recurrent connections see the
    spikes of `delay` ticks ago. Raises InputError for spikes of a wrong shape or value.
    """
    spikes = check_spikes(network, spikes)
    samples, ticks, _ = spikes.shape
    kept = network.order() if keep == "all" else [network[network.output]]
    trace = NetworkTrace(
        {p.name: np.zeros((samples, ticks, p.n), bool) for p in kept},
        {p.name: np.zeros((samples, ticks, p.n), np.int64) for p in kept},
    )
    block = max(1, _BLOCK // max(p.n for p in network.populations))
    for first in range(0, samples, block):
        chosen = slice(first, first + block)
        _run_block(network, spikes[chosen], trace.part(chosen))
    return trace


def _run_block(network: Network, spikes: npt.NDArray[np.generic], trace: NetworkTrace) -> None:
    """Run all ticks of a few samples and fill in `trace`.

    `fired` holds the spikes of tick t at index t modulo its length: all ticks of what is kept,
    of the others only those that connections still ask for.
    """
    samples, ticks, _ = spikes.shape
    order = network.order()
    states: dict[str, State] = {p.name: p.neuron.initial_state(p, samples) for p in order}
    fired = {INPUT: spikes} | trace.spikes
    for p in [p for p in order if p.name not in fired]:
        reach = max((c.delay for c in network.connections if c.source == p.name), default=0)
        fired[p.name] = np.zeros((samples, min(reach + 1, ticks), p.n), bool)
    for t in range(ticks):
        for p in order:
            now = p.neuron.step(p, states[p.name], _current(network, p, fired, t))
            fired[p.name][:, t % fired[p.name].shape[1]] = now
            if p.name in trace.potentials:
                trace.potentials[p.name][:, t] = states[p.name]["v"]


def _current(
    network: Network, population: Population, fired: dict[str, npt.NDArray[np.generic]], t: int
) -> npt.NDArray[np.int64]:
    """The exact weighted sum of tick t, (samples, n)."""
    total = np.zeros((len(fired[INPUT]), population.n), np.float64)
    for c in network.incoming(population.name):
        if t >= c.delay:
            spikes = fired[c.source]
            total += c.product(spikes[:, (t - c.delay) % spikes.shape[1]])
    return total.astype(np.int64)


def decide(network: Network, trace: NetworkTrace) -> npt.NDArray[np.int64]:
    """The class of each sample (samples,): see `mapper.decisions`."""
    return decisive_scores(network, trace).argmax(axis=1)


def decisive_scores(network: Network, trace: NetworkTrace) -> npt.NDArray[np.generic]:
    """What decides on the class, (samples, classes): see `mapper.decisions.class_scores`."""
    spikes, potentials = trace.spikes[network.output], trace.potentials[network.output]
    return class_scores(network.decision, spikes, potentials[:, -1])
