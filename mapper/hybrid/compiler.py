"""Network -> HybridImage. Deterministic: same input, same bytes.

The layers behind the first are mapped as a network of their own, whose input is the first layer.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ..crossbar.compiler import map_network as map_crossbar
from ..crossbar.core_image import CoreImage
from ..crossbar.image import ChipImage, LevelPlacement
from ..crossbar.incoming import levels
from ..crossbar.layout import CONTROL, DECAY_CODE, POINTER, RESET_CODE, ROUTE
from ..crossbar.plan import layer_problem, plan_cores
from ..errors import InputError
from ..mesh import mesh_shape
from ..network import INPUT, Network, Population
from ..packets import PACKET, SIDES, SPIKE
from ..pim.macro_image import MacroImage
from ..pim.params import MacroParams
from ..verdicts import verdicts
from .converters import (
    converter_problem,
    converter_word,
    first_width_problem,
    is_lossy,
    value_problem,
)
from .first_layer import FirstLayer, find_first_layer
from .image import HybridImage
from .params import HybridCores, HybridParams
from .tiles import Tile, cut_layer

__all__ = ["check_network", "map_network"]


def check_network(
    network: Network, cores: HybridCores, strategy: str = "paper"
) -> list[dict[str, Any]]:
    """See `mapper.verdicts`."""

    def problem(population: Population) -> str | None:
        try:
            layer = find_first_layer(network)
            if population is layer.population:
                cut_layer(layer, cores.macro)
                _kernel(layer, cores.macro)
                converter_word(cores)
                return _chip_problem(network, layer, cores)
        except InputError as error:
            return str(error)
        rest = _rest(network, layer.population)
        return layer_problem(rest, rest[population.name], cores.core, strategy)

    return verdicts(network, problem, lambda: map_network(network, cores, strategy=strategy))


def map_network(
    network: Network,
    cores: HybridCores,
    mesh: tuple[int, int] | None = None,
    strategy: str = "paper",
    progress: Callable[[int, int], None] = lambda done, cores: None,
    place: Callable[..., list[int]] | None = None,
) -> HybridImage:
    """Compile; InputError says which population or core does not fit, by how much.

    mesh: (width, height), by default the smallest that holds the network
    strategy, progress: see `mapper.crossbar.compiler.map_network`
    place: must be None: macros take the last places
    """
    if place:
        raise InputError("a hybrid chip is placed row by row: leave out --place")
    layer = find_first_layer(network)
    problem = _chip_problem(network, layer, cores)
    if problem:
        raise InputError(f"population {layer.population.name!r}: {problem}")
    tiles, rest = cut_layer(layer, cores.macro), _rest(network, layer.population)
    needed = len(plan_cores(rest, cores.core, strategy))
    width, height = mesh_shape(needed + len(tiles), mesh)
    if needed + len(tiles) > width * height:
        raise InputError(
            f"{needed} crossbar cores and {len(tiles)} PIM macros do not fit a mesh of "
            f"{width} x {height}: a hybrid chip is not loaded in passes"
        )
    params = HybridParams(width=width, height=height, core=cores.core, macro=cores.macro,
                          macros=len(tiles))  # fmt: skip
    chip = map_crossbar(rest, cores.core, (width, height), strategy, progress)
    macros = _macros(network, layer, tiles, chip, cores)
    first = params.crossbar_cores
    return HybridImage(
        params=params,
        cores=(*(_later(core) for core in chip.cores[:first]), *macros),
        populations=(
            _placement(layer, tiles, first),
            *(replace(p, level=p.level + 1) for p in chip.populations),
        ),
        ticks=chip.ticks + 1,
        lines=chip.passes[0].lines,
        values=layer.values,
        network_ticks=network.ticks,
        input_shape=network.input_shape,
        output=network.output,
        decision=network.decision,
        network_sha256=network.sha256(),
        network_name=network.name,
        layers=[_describe(layer, tiles, cores), *chip.layers],
        encoding=network.encoding,
        record=network.record,
    )


def _chip_problem(network: Network, layer: FirstLayer, cores: HybridCores) -> str | None:
    """What macros of this kind would do wrong with the first layer."""
    return (
        value_problem(network, cores.macro)
        or converter_problem(cores)
        or first_width_problem(network, layer, cores)
        or _timing_problem(_rest(network, layer.population), layer.population.name)
    )


def _timing_problem(rest: Network, first: str) -> str | None:
    """A host can send the input of the layers behind the first at any tick, a macro cannot."""
    level = levels(rest)
    for c in (c for c in rest.connections if c.source == INPUT):
        early = level[c.target] + c.delay
        if early:
            return (
                f"connection {first}->{c.target}: what a macro fires arrives in the next tick, "
                f"{early} too early: insert relay populations"
            )
    return None


def _rest(network: Network, first: Population) -> Network:
    """The layers behind the first, which becomes their input."""
    connections = [c for c in network.connections if c.target != first.name]
    return replace(
        network,
        input_shape=first.shape,
        populations=tuple(p for p in network.populations if p is not first),
        connections=tuple(
            replace(c, source=INPUT) if c.source == first.name else c for c in connections
        ),
        encoding={},
    )


def _later(core: CoreImage) -> CoreImage:
    """One chip tick later: what the macros fire arrives in the next one."""
    return replace(core, first_tick=core.first_tick + 1) if core.columns else core


def _kernel(layer: FirstLayer, macro: MacroParams) -> dict[str, np.ndarray]:
    """Weights, and words per channel."""
    limit = 1 << (macro.weight_bits - 1)
    if layer.weight.min() < -limit or layer.weight.max() >= limit:
        raise InputError(
            f"population {layer.population.name!r}: weights in {layer.weight.min()}.."
            f"{layer.weight.max()} do not fit {macro.weight_bits} bits of the PIM macro"
        )
    p = layer.population
    control = CONTROL.pack(
        decay=DECAY_CODE[p.decay.kind], amount=p.decay.amount, reset=RESET_CODE[p.reset]
    )
    words = {name: layer.of_channels(name) for name in ("threshold", "initial", "bias")}
    return words | {
        "weight": layer.weight, "control": np.full(len(layer.weight), int(control), np.int64)
    }  # fmt: skip


def _macros(
    network: Network, layer: FirstLayer, tiles: list[Tile], chip: ChipImage, cores: HybridCores
) -> list[MacroImage]:
    macro, adc = cores.macro, converter_word(cores)
    feed = next(f for f in chip.passes[0].feeds if f.source == INPUT)
    fields = PACKET.unpack(feed.packet)
    axon = SPIKE.unpack(fields["data"])
    words = ROUTE.pack(**axon, **{n: fields[n] for n in SIDES}).astype(np.int64)
    kernel, found = _kernel(layer, macro), []
    for tile in tiles:
        chosen = slice(tile.channels.start, tile.channels.stop)
        places = slice(tile.positions.start, tile.positions.stop)
        neurons = layer.neurons[places, chosen].ravel()
        count = feed.start[neurons + 1] - feed.start[neurons]
        start = np.cumsum(count) - count
        if count.sum() > macro.routes:
            raise InputError(
                f"a PIM macro of {layer.population.name!r} needs {count.sum()} routes, it has "
                f"{macro.routes}; map with more `macro.routes`"
            )
        entries = np.repeat(feed.start[neurons] - start, count) + np.arange(count.sum())
        found.append(MacroImage(
            **{name: array[chosen] for name, array in kernel.items()},
            row=layer.row, position=layer.position[places],
            pointer=POINTER.pack(start=np.where(count > 0, start, 0), count=count).astype(np.int64),
            route=words[entries], stack=tile.stack, ticks=network.ticks, adc=adc,
        ))  # fmt: skip
    return found


def _placement(layer: FirstLayer, tiles: list[Tile], first: int) -> LevelPlacement:
    p = layer.population
    core, column = np.zeros(p.n, np.int64), np.zeros(p.n, np.int64)
    for index, tile in enumerate(tiles):
        neurons = layer.neurons[tile.positions.start : tile.positions.stop]
        neurons = neurons[:, tile.channels.start : tile.channels.stop].ravel()
        core[neurons], column[neurons] = first + index, np.arange(len(neurons))
    return LevelPlacement(
        name=p.name, shape=p.shape, spiking=True, level=0, core=core, column=column
    )


def _describe(layer: FirstLayer, tiles: list[Tile], cores: HybridCores) -> dict[str, Any]:
    macro = cores.macro
    lossy = {"lossy": True} if is_lossy(cores) else {}
    channels, rows = layer.weight.shape
    cells = macro.banks * macro.columns * macro.rows * len(tiles)
    return {
        "name": layer.population.name, "cores": len(tiles), "fan_in": rows, "channels": channels,
        "positions": len(layer.position), "banks_stacked": 1 << tiles[0].stack,
        "cells_used": layer.weight.size * macro.weight_bits / cells,
        "format": f"int{macro.weight_bits}", "k_rep": layer.population.group,
        **lossy,
    }  # fmt: skip
