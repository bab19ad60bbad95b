"""One core of a chip as a chip of its own, which shows all that it does to the host."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from mapper.crossbar.core_image import CoreImage
from mapper.crossbar.image import ChipImage, Feed, LevelPlacement, Pass
from mapper.crossbar.layout import CONTROL, POINTER
from mapper.crossbar.params import ChipParams
from mapper.crossbar.routes import host_routes
from mapper.errors import InputError
from mapper.network import INPUT
from mapper.packets import rectangle, spike_packet

__all__ = [
    "NEURONS", "ROUTES", "alone_params", "complete_neurons", "core_alone", "route_columns",
]  # fmt: skip

Ints = npt.NDArray[np.int64]

NEURONS, ROUTES = "neurons", "routes"
"""Populations of a core alone: its complete neurons, and its route entries in use."""


def alone_params(params: ChipParams) -> ChipParams:
    """The chip of one such core: the same for every core of every image on these cores."""
    return ChipParams(width=1, height=1, core=params.core)


def route_columns(core: CoreImage) -> tuple[Ints, Ints]:
    """(route entries in use, per entry the column of the neuron that sends it), by column."""
    lasts = complete_neurons(core)
    pointer = POINTER.unpack(core.pointer[lasts])
    start, count = pointer["start"], pointer["count"]
    entry = np.arange(count.sum()) + np.repeat(start - (np.cumsum(count) - count), count)
    return entry, np.repeat(lasts, count)


def complete_neurons(core: CoreImage) -> Ints:
    """Columns that hold the state of a neuron."""
    return np.flatnonzero(CONTROL.unpack(core.control[: core.columns])["last"])


def core_alone(image: ChipImage, core: int) -> ChipImage:
    """Core `core` of `image` on a 1 x 1 mesh; its memories are the same but for the routes.

    Input element a is axon a. The network ticks are the chip ticks of the core's pass; where its
    window is closed, neurons count as silent at potential 0. Every route entry leads to the host,
    as the output line of its own number, so that the host sees which ones are sent. Population
    NEURONS are the complete neurons, element i of ROUTES stands for the i-th of `route_columns`.

    Raises InputError when neurons share a route entry; the mapper gives each its own.
    """
    memory, ticks = image.cores[core], image.passes[image.pass_of(core)].ticks
    entry, sender = route_columns(memory)
    if len(np.unique(entry)) != len(entry):
        raise InputError(f"core {core}: neurons share a route entry, so it cannot be run alone")
    params = alone_params(image.params)
    axons = params.core.axons << memory.extension
    route = np.zeros_like(memory.route)
    route[entry] = host_routes(np.arange(len(entry)))
    return ChipImage(
        params=params,
        cores=(replace(memory, route=route),),
        passes=(Pass(ticks, 0, (_feed(axons, params),), {ROUTES: 0}),),
        populations=(
            _population(NEURONS, complete_neurons(memory)),
            _population(ROUTES, sender),
        ),
        network_ticks=ticks,
        input_shape=(axons,),
        output=NEURONS,
        decision="potential",
        network_sha256=image.network_sha256,
        network_name=f"core {core} of {image.network_name}",
    )


def _feed(axons: int, params: ChipParams) -> Feed:
    phase, row = np.divmod(np.arange(axons), params.core.axons)
    return Feed(INPUT, 0, np.arange(axons + 1), spike_packet(row, phase, **rectangle(0, 0)))


def _population(name: str, column: Ints) -> LevelPlacement:
    core = np.zeros_like(column)
    return LevelPlacement(
        name=name, shape=column.shape, spiking=True, core=core, column=column, level=0
    )
