"""Spike routes: from every neuron and input element to the axons that it drives."""

import numpy as np
import numpy.typing as npt

from ..network import Network
from ..packets import SPIKE, rectangle, spike_packet
from .layout import ROUTE
from .mesh import Rectangle, cover
from .params import ChipParams
from .plan import CorePlan

__all__ = ["Targets", "host_routes", "input_packets", "neuron_routes", "targets_of"]

Targets = list[tuple[int, Rectangle]]
"""(axon of the source's neuron 0, rectangle of cores) pairs."""


def targets_of(source: str, plans: list[CorePlan], params: ChipParams) -> Targets:
    """Where a source's spikes go; cores that number its axons alike share a rectangle."""
    by_base: dict[int, set[tuple[int, int]]] = {}
    for i, plan in enumerate(plans):
        if source in plan.axon_base:
            by_base.setdefault(plan.axon_base[source], set()).add(params.position(i))
    return [(base, r) for base, cores in sorted(by_base.items()) for r in cover(cores)]


def neuron_routes(
    neurons: npt.NDArray[np.int64], targets: Targets, params: ChipParams
) -> npt.NDArray[np.int64]:
    """ROUTE words (neurons, len(targets))."""
    words = np.zeros((len(neurons), len(targets)), np.int64)
    for j, (base, (x0, y0, x1, y1)) in enumerate(targets):
        phase, row = np.divmod(base + neurons, params.core.axons)
        words[:, j] = ROUTE.pack(row=row, phase=phase, **rectangle(x0, y0, x1, y1))
    return words


def host_routes(neurons: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """ROUTE words (neurons, 1) to the host, with the neuron's index as output line."""
    line = SPIKE.unpack(neurons)
    return ROUTE.pack(row=line["row"], phase=line["phase"], host=1).astype(np.int64)[:, None]


def input_packets(
    network: Network, targets: Targets, params: ChipParams
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint64]]:
    """(start, packet): SPIKE packets of each input element, in CSR form."""
    elements = np.arange(network.n_inputs)
    packets = np.zeros((network.n_inputs, len(targets)), np.uint64)
    for j, (base, (x0, y0, x1, y1)) in enumerate(targets):
        phase, row = np.divmod(base + elements, params.core.axons)
        packets[:, j] = spike_packet(row, phase, **rectangle(x0, y0, x1, y1))
    return np.arange(network.n_inputs + 1) * len(targets), packets.reshape(-1)
