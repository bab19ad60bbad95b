"""The overflow proof: from the actual weights, no potential can leave its width."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ..connections import Connection
from ..network import INPUT, Network, Population

__all__ = ["bounds_problem", "potential_bounds", "width_problem"]


def potential_bounds(
    network: Network, population: Population
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Smallest and largest potential (n,) over every possible input of a sample."""
    incoming = network.incoming(population.name)
    low = np.sum([_sum(network, c, np.minimum) for c in incoming], axis=0)
    high = np.sum([_sum(network, c, np.maximum) for c in incoming], axis=0)
    return population.neuron.bounds(population, low, high, network.ticks)


def _sum(network: Network, connection: Connection, sign: np.ufunc) -> npt.NDArray[np.int64]:
    """Sums (n,) of the weights of one sign: all that can arrive in a tick."""
    signed = replace(connection, weight=sign(connection.weight, 0))
    largest = network.input_maximum if connection.source == INPUT else 1
    sources = np.full((1, network.size_of(connection.source)), largest)
    return signed.product(sources)[0].astype(np.int64)


def width_problem(network: Network, population: Population, bits: int) -> str | None:
    """Why `bits` wide potentials do not hold this population, or None when they provably do."""
    return bounds_problem(population, *potential_bounds(network, population), bits)


def bounds_problem(
    population: Population, low: npt.NDArray[np.int64], high: npt.NDArray[np.int64], bits: int
) -> str | None:
    """The same, of potentials (n,) that are known to stay in low..high."""
    facts = [low, high, population.bias, population.initial]
    if population.neuron.spiking:
        facts.append(population.threshold)
    worst = np.max([np.where(a < 0, ~a, a) for a in facts], axis=0)
    neuron = int(worst.argmax())
    need = int(worst[neuron]).bit_length() + 1
    if need <= bits:
        return None
    return (
        f"neuron {neuron} can reach potentials in {int(low[neuron])}..{int(high[neuron])} "
        f"(threshold {int(population.threshold[neuron])}, bias {int(population.bias[neuron])}): "
        f"it needs {need} bits, the core has {bits}"
    )
