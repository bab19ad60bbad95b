"""What a population receives from each of its sources, parallel connections summed."""

from scipy.sparse import csr_array

from .network import Network, Population

__all__ = ["merged_matrices"]


def merged_matrices(network: Network, population: Population) -> dict[str, csr_array]:
    """Per source, in order of connections, the sum of all its connections, int64 (n, n_source).

    Shared where there is but one connection, so do not change them.
    """
    found: dict[str, csr_array] = {}
    for c in network.incoming(population.name):
        found[c.source] = found[c.source] + c.matrix() if c.source in found else c.matrix()
    return found
