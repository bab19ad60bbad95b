"""The layer that a PIM macro computes, as rows, positions and channels of one kernel."""

from dataclasses import dataclass
from math import prod

import numpy as np
import numpy.typing as npt

from ..connections import Connection, Conv, Dense
from ..errors import InputError
from ..network import INPUT, Network, Population

__all__ = ["FirstLayer", "find_first_layer", "unfold"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class FirstLayer:
    """weight: (channels, rows); row, position: see `mapper.pim.macro_image.MacroImage`

    values:  (inputs,) where each element of the network's input lies in the input buffer; padding
             lies between them and stays 0
    buffer:  input values, padding included
    neurons: (positions, channels) number of the neuron in the population
    """

    population: Population
    weight: Ints
    row: Ints
    position: Ints
    values: Ints
    buffer: int
    neurons: Ints

    @property
    def neurons_channel(self) -> Ints:
        """(n,) the channel of each neuron of the population."""
        channel = np.empty(self.population.n, np.int64)
        channel[self.neurons] = np.arange(self.neurons.shape[1])
        return channel

    def of_channels(self, name: str) -> Ints:
        """threshold, initial or bias of each channel.

        Raises InputError when it is not the same at all positions.
        """
        values = getattr(self.population, name)[self.neurons]
        different = (values != values[0]).any(axis=0)
        if different.any():
            raise InputError(
                f"population {self.population.name!r}: {name} of channel {int(different.argmax())} "
                "differs between positions; a PIM macro has one per channel"
            )
        return values[0]


def find_first_layer(network: Network) -> FirstLayer:
    """The population that the input drives; InputError when a macro cannot compute it."""
    if not network.direct:
        raise InputError(
            "the input is spikes; the first layer of a hybrid chip takes values: use an encoding "
            "'pixels', or --target crossbar"
        )
    driven = [c for c in network.connections if c.source == INPUT]
    if len(driven) != 1:
        raise InputError(f"{len(driven)} connections lead from the input, a macro computes one")
    connection, name = driven[0], driven[0].target
    population = network[name]
    where = f"population {name!r}"
    if len(network.incoming(name)) != 1:
        raise InputError(f"{where}: a PIM macro takes the network's input alone")
    if connection.delay:
        raise InputError(f"{connection.where}: delay {connection.delay}, a macro has none")
    if population.kind != "threshold":
        raise InputError(f"{where}: neuron kind {population.kind!r}, a macro has 'threshold'")
    if network.output == name:
        raise InputError(f"{where}: the output must be on crossbar cores, behind another layer")
    return unfold(connection, population)


def unfold(connection: Connection, population: Population) -> FirstLayer:
    """A connection into a population as a kernel; InputError for kinds that a macro lacks."""
    if isinstance(connection, Conv):
        return _convolution(connection, population)
    if not isinstance(connection, Dense):
        raise InputError(f"{connection.where}: a PIM macro knows dense layers and convolutions")
    inputs = connection.weight.shape[1]
    order = np.arange(inputs)
    return FirstLayer(population, connection.weight, order, np.zeros(1, np.int64), order, inputs,
                      np.arange(population.n)[None])  # fmt: skip


def _convolution(conv: Conv, population: Population) -> FirstLayer:
    padded = tuple(n + 2 * p for n, p in zip(conv.spatial, conv.padding, strict=True))
    shape = (conv.input_shape[0], *padded)
    element = np.stack(np.unravel_index(np.arange(prod(conv.input_shape)), conv.input_shape))
    element[1:] += np.array(conv.padding)[:, None]
    row = np.indices(conv.weight.shape[1:]).reshape(len(shape), -1)
    places = conv.output_shape[1:]
    corner = np.indices(places).reshape(len(places), -1) * np.array(conv.stride)[:, None]
    channels, positions = len(conv.weight), prod(places)
    return FirstLayer(
        population=population,
        weight=conv.weight.reshape(channels, -1),
        row=np.asarray(np.ravel_multi_index(tuple(row), shape), np.int64),
        position=np.ravel_multi_index((np.zeros(positions, int), *corner), shape).astype(np.int64),
        values=np.ravel_multi_index(tuple(element), shape).astype(np.int64),
        buffer=prod(shape),
        neurons=np.arange(population.n).reshape(channels, positions).T,
    )
