"""What a network's layers have to do: shapes for the equations, accumulations by counting."""

from dataclasses import dataclass
from math import prod

import numpy as np
import numpy.typing as npt

from mapper.connections import Connection, Conv
from mapper.network import INPUT, Network
from mapper.weights import weight_format

from .equations import Shape

__all__ = ["LayerWork", "fan_out", "layer_work"]


@dataclass(frozen=True)
class LayerWork:
    """A connection and what a sample makes of it.

    values:      the inputs are values, which are multiplied once, not spikes
    bits:        of a weight
    group:       spiking neurons (source times target) that stand for one of an ANN
    spikes:      per neuron of the source and sample, the paper's zeta; 0 of values
    accumulations: weights added in all ticks of a sample, those that are zero too
    """

    name: str
    shape: Shape
    values: bool
    bits: int
    group: int
    spikes: float
    accumulations: float

    @property
    def ann(self) -> Shape:
        """The layer of the ANN of the same architecture."""
        return Shape(self.shape.weights / self.group, self.shape.positions)


def layer_work(network: Network, spikes: dict[str, npt.NDArray[np.float64]]) -> list[LayerWork]:
    """Of all connections, from input to output.

    spikes: source -> (n,) mean spikes per sample of each element, as of
    `flows.activity.measured_activity`; not needed of an input of values
    """
    order = [p.name for p in network.order()]
    found = sorted(network.connections, key=lambda c: order.index(c.target))
    return [_work(network, c, spikes) for c in found]


def _work(network: Network, c: Connection, spikes: dict[str, npt.NDArray[np.float64]]) -> LayerWork:
    values = network.direct and c.source == INPUT
    count = np.zeros(network.size_of(c.source)) if values else spikes[c.source]
    source_group = network.input_group if c.source == INPUT else network[c.source].group
    return LayerWork(
        name=c.target if len(network.incoming(c.target)) == 1 else f"{c.source}->{c.target}",
        shape=Shape(c.weight.size, prod(c.output_shape[1:]) if isinstance(c, Conv) else 1),
        values=values,
        bits=weight_format(c.format).columns,
        group=source_group * network[c.target].group,
        spikes=float(count.mean()),
        accumulations=float(count @ fan_out(c, network.size_of(c.source))),
    )


def fan_out(connection: Connection, sources: int) -> npt.NDArray[np.int64]:
    """(sources,) weights that a spike of each source element is added with; padding has none."""
    if not isinstance(connection, Conv):
        return np.full(sources, len(connection.weight), np.int64)
    seen = np.zeros(prod(connection.spatial), np.int64)
    for offset in np.ndindex(*connection.kernel):
        seen += np.bincount(connection.taps(offset)[1], minlength=len(seen))
    return np.tile(seen * len(connection.weight), connection.input_shape[0])
