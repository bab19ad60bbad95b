"""The synapses of one crossbar core against the weights of the Network."""

from collections import defaultdict

import numpy as np
import numpy.typing as npt

from ..network import Network
from .crossbar_core import Core
from .spikes import Spikes
from .weights import Driven, check_weights
from .words import Integers, Mistakes

__all__ = ["check_synapses"]


def check_synapses(network: Network, core: Core, spikes: Spikes, found: Mistakes) -> None:
    """The synapses at the axons that an element drives are its weights; none is missing.

    Two populations of a core may each have axons of their own for a source: an element's weights
    are those of all axons that it drives together.

    spikes: what drives the core's axons. Adds to `found` what is wrong.
    """
    stored, on = core.weights()
    _check_idle(core, stored, on, spikes, found)
    members: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for place, column in enumerate(sorted(core.holds)):
        target, j = core.holds[column]
        members[target].append((place, j))
    arriving: dict[tuple[str, int], dict[int, int]] = defaultdict(dict)
    for axon, (source, element, arrival) in spikes.items():
        arriving[source, arrival][axon] = element
    for target, neurons in members.items():
        places, targets = np.array(neurons).T
        driven: Driven = {}
        for (source, arrival), axons in arriving.items():
            rows, elements = (np.array([*x], np.int64) for x in (axons, axons.values()))
            driven[source, arrival - core.opens[target]] = elements, stored[np.ix_(rows, places)]
        check_weights(network, target, targets, driven, core.where, found)


def _check_idle(
    core: Core, stored: Integers, on: npt.NDArray[np.bool_], spikes: Spikes, found: Mistakes
) -> None:
    """No synapse at an axon that nothing drives; none that cancel."""
    idle = np.ones((len(stored), 1), bool)
    idle[np.array([*spikes], np.int64)] = False
    for wrong, what in ((on & idle, "that nothing drives"), (on & (stored == 0), "that cancel")):
        for axon, k in np.argwhere(wrong)[:1]:
            population, j = core.holds[sorted(core.holds)[k]]
            found.add("foreign synapse", f"synapses {what} at axon {axon} of core {core.index}, on "
                      f"neuron {j} of {population}", int(wrong.sum()))  # fmt: skip
