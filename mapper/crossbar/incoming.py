"""What a population receives: its level, its sources, its weights as a core stores them."""

from scipy.sparse import csr_array

from ..errors import InputError
from ..merged import merged_matrices
from ..network import INPUT, Network, Population
from ..weights import WEIGHT_FORMATS, WeightFormat

__all__ = ["extension_for", "levels", "merged_weights", "source_sizes"]


def levels(network: Network) -> dict[str, int]:
    """Chip tick at which each population's network tick 0 runs, on a chip that holds them all.

    The number of spiking populations on the longest way to it; the input's spikes come from the
    host at any tick.
    """
    level = {INPUT: -1}
    for p in network.order():
        sources = [c.source for c in network.incoming(p.name) if c.delay == 0]
        level[p.name] = max((level[s] + 1 for s in sources), default=0)
    return level


def source_sizes(network: Network, population: Population) -> dict[str, int]:
    """Sources of a population with their sizes, in order of their connections."""
    names = dict.fromkeys(c.source for c in network.incoming(population.name))
    return {n: network.n_inputs if n == INPUT else network[n].n for n in names}


def merged_weights(
    network: Network, population: Population
) -> tuple[dict[str, csr_array], WeightFormat]:
    """Per source the sum of all its connections, (n, n_source), and a format that holds it:
    the connections' own when they agree, else the narrowest that fits.

    Raises InputError when the weights of parallel connections sum to more than 8 bits.
    """
    incoming = network.incoming(population.name)
    weights = merged_matrices(network, population)
    formats = {c.format: c.weight_format for c in incoming}
    low = min(int(w.data.min(initial=0)) for w in weights.values())
    high = max(int(w.data.max(initial=0)) for w in weights.values())
    candidates = [*formats.values()] if len(formats) == 1 else []
    candidates += sorted(WEIGHT_FORMATS.values(), key=lambda f: f.columns)
    for candidate in candidates:
        if candidate.low <= low and high <= candidate.high:
            return weights, candidate
    raise InputError(
        f"population {population.name!r}: parallel connections sum to weights {low}..{high}, "
        "beyond the 8 bits of a complete neuron"
    )


def extension_for(fan_in: int, axons: int) -> int:
    """Smallest axon extension f, a power of two, with fan_in <= f * axons."""
    return 1 << max(0, -(-fan_in // axons) - 1).bit_length()
