"""Fully connected layers: whole neurons, each with all its weights, and no index memory."""

import numpy as np

from ..connections import Dense
from ..errors import InputError
from ..network import INPUT, Network, Population
from .params import PeParams
from .slices import LayerPlan, Slice

__all__ = ["dense_plan", "is_dense", "paper_bound"]


def is_dense(network: Network, population: Population) -> bool:
    """Whether one address per source element is enough: all-to-all from one source, and no other
    population lays that source's weights out in another way. (The host sends a packet of its own
    to each population.)
    """
    incoming = network.incoming(population.name)
    sources = {c.source for c in incoming}
    if len(sources) > 1 or not all(isinstance(c, Dense) for c in incoming):
        return False
    targets = {c.target for c in network.connections if c.source in sources}
    return sources == {INPUT} or len(targets) == 1


def paper_bound(fan_in: int, n: int, pe: PeParams) -> int:
    """Fewest PEs for n neurons: max(m n / W, n / N) of Zhang et al. 2021, section IV."""
    return max(-(-fan_in * n // pe.weights), -(-n // pe.neurons))


def dense_plan(network: Network, population: Population, pe: PeParams) -> LayerPlan:
    """As few and as even slices as whole neurons allow; InputError when not even one fits."""
    source = network.incoming(population.name)[0].source
    n, fan_in = population.n, network.size_of(source)
    per_pe = min(pe.neurons, pe.weights // fan_in)
    if not per_pe:
        raise InputError(
            f"each neuron has a fan-in of {fan_in} weights, a PE has room for {pe.weights}"
        )
    if fan_in > pe.queue:
        raise InputError(
            f"its {fan_in} sources may all have spiked before a PE looks at the first, the queue "
            f"of a PE holds {pe.queue}"
        )
    count = -(-n // per_pe)
    reason = f"a PE has {pe.neurons} neurons"
    if per_pe < pe.neurons:
        reason = f"{pe.weights} weights are {per_pe} whole neurons of {fan_in}"
    slices = tuple(Slice(population, part) for part in np.array_split(np.arange(n), count))
    return LayerPlan(population, slices, -(-n // count), paper_bound(fan_in, n, pe), reason)
