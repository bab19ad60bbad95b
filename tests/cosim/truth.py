"""RTL against the network that was mapped, not only against its chip's golden model."""

import numpy as np

from cosim.verify import Verification
from mapper.network import Network
from mapper.run import run_network

__all__ = ["assert_is_the_network"]


def assert_is_the_network(run: Verification, network: Network, spikes: np.ndarray) -> None:
    """Every spike and potential of every tick, and the run compared that many."""
    truth = run_network(network, spikes)
    for name, expected in truth.potentials.items():
        np.testing.assert_array_equal(run.rtl.potentials[name], expected)
        np.testing.assert_array_equal(run.rtl.spikes[name], truth.spikes[name])
    neurons = sum(p.n for p in network.populations)
    assert run.comparison.compared["spikes"] == len(spikes) * network.ticks * neurons > 0
