"""The overflow proof: from the actual weights, no sum of a PE can leave its width.

Every source, an input element or a neuron, spikes at most once per sample; that is what the grid
asks of the host and what its neurons do. So a sum of weights lies between the sums of those that
are negative and of those that are positive.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..merged import merged_matrices
from ..network import Network, Population
from .kinds import is_psp
from .params import PeParams

__all__ = ["Bounds", "neuron_bounds", "weight_problem", "width_problem"]

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Bounds:
    """Smallest and largest values (n,) over every possible input of a sample, 0 included."""

    accumulator: tuple[Integers, Integers]
    potential: tuple[Integers, Integers]


def neuron_bounds(network: Network, population: Population) -> Bounds:
    """Bounds of accumulators and potentials, at any time within a tick too."""
    low, high = np.zeros(population.n, np.int64), np.zeros(population.n, np.int64)
    for matrix in merged_matrices(network, population).values():
        low += matrix.minimum(0).sum(axis=1)
        high += matrix.maximum(0).sum(axis=1)
    if not is_psp(population):
        return Bounds((low, high), (low, high))
    # The sum is added tick by tick; a neuron that fires does so from below its threshold and
    # holds what it then has.
    highest = high * network.ticks
    if population.neuron.spiking:
        highest = np.minimum(highest, np.maximum(population.threshold - 1, 0) + high)
    return Bounds((low, high), (low * network.ticks, highest))


def weight_problem(network: Network, population: Population, pe: PeParams) -> str | None:
    """Why the PE's weights do not hold this population's, or None when they do."""
    limit = 1 << pe.weight_bits - 1
    for source, matrix in merged_matrices(network, population).items():
        for value in (int(matrix.data.min(initial=0)), int(matrix.data.max(initial=0))):
            if not -limit <= value < limit:
                return (
                    f"weights from {source!r} reach {value}, a PE's are {pe.weight_bits} bits, "
                    f"{-limit}..{limit - 1}"
                )
    return None


def width_problem(network: Network, population: Population, pe: PeParams) -> str | None:
    """Why the PE's widths do not hold this population, or None when they provably do."""
    bounds = neuron_bounds(network, population)
    threshold = population.threshold if population.neuron.spiking else 0 * population.threshold
    checks = (
        ("an accumulated weight", pe.accumulator_bits, bounds.accumulator),
        ("a potential", pe.potential_bits, bounds.potential),
        ("a threshold", pe.potential_bits, (threshold, threshold)),
    )
    for what, bits, (low, high) in checks:
        worst = np.maximum(~np.minimum(low, 0), np.maximum(high, 0))
        neuron = int(worst.argmax())
        need = int(worst[neuron]).bit_length() + 1
        if need > bits:
            return (
                f"neuron {neuron} can have {what} in {int(low[neuron])}..{int(high[neuron])}: "
                f"it needs {need} bits, the PE has {bits}"
            )
    return None
