"""How much each neuron of a network spikes, measured on a slice of a data set."""

import numpy as np
import numpy.typing as npt

from mapper.network import INPUT, Network
from mapper.run import run_network

__all__ = ["measured_activity"]

_BATCH = 16  # samples whose potentials are in memory at a time


def measured_activity(
    network: Network, spikes: npt.NDArray[np.generic]
) -> dict[str, npt.NDArray[np.float64]]:
    """Source ("input" or a population) -> (n,) mean spikes per sample of each element.

    spikes: (samples, ticks, inputs), at least one sample, as of `resolve.samples_for`
    """
    total = {p.name: np.zeros(p.n) for p in network.populations}
    for first in range(0, len(spikes), _BATCH):
        trace = run_network(network, spikes[first : first + _BATCH])
        for name, fired in trace.spikes.items():
            total[name] += fired.sum(axis=(0, 1))
    total[INPUT] = spikes.sum(axis=(0, 1))
    return {name: count / len(spikes) for name, count in total.items()}
