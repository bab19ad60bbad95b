"""RTL against the network that was mapped, not only against its chip's golden model."""

import numpy as np

from cosim.trace import ChipTrace
from cosim.verify import Verification
from mapper.network import Network
from mapper.run import run_network

__all__ = ["assert_is_the_network", "assert_joined"]


def assert_is_the_network(run: Verification, network: Network, spikes: np.ndarray) -> None:
    """Every spike and potential of every tick, and the run compared that many."""
    truth = run_network(network, spikes)
    for name, expected in truth.potentials.items():
        np.testing.assert_array_equal(run.rtl.potentials[name], expected)
        np.testing.assert_array_equal(run.rtl.spikes[name], truth.spikes[name])
    neurons = sum(p.n for p in network.populations)
    assert run.comparison.compared["spikes"] == len(spikes) * network.ticks * neurons > 0


def assert_joined(whole: ChipTrace, parts: list[ChipTrace]) -> None:
    """The parts, one after the other, are the whole: every value of every kind, and the cycles."""
    for kind in ("spikes", "potentials", "outputs", "counters"):
        arrays = getattr(whole, kind)
        assert arrays or kind == "outputs"
        for name, array in arrays.items():
            pieces = [getattr(part, kind)[name] for part in parts]
            np.testing.assert_array_equal(array, np.concatenate(pieces))
    np.testing.assert_array_equal(whole.cycles, np.concatenate([p.cycles for p in parts]))
    assert whole.cycles.size
