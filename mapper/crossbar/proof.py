"""The overflow proof: from the actual weights, no potential can leave its width."""

import numpy as np
import numpy.typing as npt

from ..network import Network, Population

__all__ = ["potential_bounds", "width_problem"]


def potential_bounds(
    network: Network, population: Population
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Smallest and largest potential (n,) over every possible input of a sample."""
    low = np.zeros(population.n, np.int64)
    high = np.zeros(population.n, np.int64)
    for connection in network.incoming(population.name):
        weight = connection.matrix()
        low += np.minimum(weight, 0).sum(axis=1)
        high += np.maximum(weight, 0).sum(axis=1)
    return population.neuron.bounds(population, low, high, network.ticks)


def width_problem(network: Network, population: Population, bits: int) -> str | None:
    """Why `bits` wide potentials do not hold this population, or None when they provably do."""
    low, high = potential_bounds(network, population)
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
