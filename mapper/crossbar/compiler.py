"""Network -> ChipImage for the crossbar chip. Deterministic: same input, same bytes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import InputError
from ..network import INPUT, Network
from .image import ChipImage, CoreImage, Placement
from .layout import CONTROL, DECAY_CODE, POINTER, RESET_CODE
from .mesh import mesh_shape
from .params import ChipParams, CoreParams
from .plan import CorePlan, Slice, layer_problem, levels, merged_weight, plan_cores, sources
from .routes import host_routes, input_packets, neuron_routes, targets_of

__all__ = ["check_network", "map_network"]


def check_network(network: Network, core: CoreParams) -> list[dict[str, Any]]:
    """Layer by layer: {"name", "fits", "reason"}; then a line for the chip as a whole."""
    verdicts = []
    for p in network.order():
        reason = layer_problem(network, p, core)
        verdicts.append({"name": p.name, "fits": reason is None, "reason": reason})
    if all(v["fits"] for v in verdicts):
        try:
            map_network(network, core)
        except InputError as error:
            verdicts.append({"name": "chip", "fits": False, "reason": str(error)})
    return verdicts


def map_network(
    network: Network,
    core: CoreParams,
    mesh: tuple[int, int] | None = None,
    progress: Callable[[str], None] = lambda layer: None,
) -> ChipImage:
    """Compile; InputError says which population or core does not fit, by how much.

    mesh: (width, height), by default the smallest that holds the network.
    progress: called with each core's name before its memories are filled.
    """
    plans = plan_cores(network, core)
    width, height = mesh_shape(len(plans), mesh)
    params = ChipParams(core=core, width=width, height=height)
    targets = {s: targets_of(s, plans, params) for s in [INPUT, *(p.name for p in network.order())]}
    cores = []
    for i, plan in enumerate(plans):
        progress(f"core {i}")
        cores.append(_core_image(network, plan, i, params, targets))
    idle = [CoreImage(**CoreImage.empty(core)) for _ in range(params.cores - len(plans))]
    start, packets = input_packets(network, targets[INPUT], params)
    return ChipImage(
        params=params,
        cores=(*cores, *idle),
        populations=_placements(network, plans),
        ticks=_chip_ticks(network),
        network_ticks=network.ticks,
        input_shape=network.input_shape,
        input_start=start,
        input_packet=packets,
        output=network.output,
        decision=network.decision,
        network_sha256=network.sha256(),
        network_name=network.name,
        layers=_layers(network, plans, core),
        encoding=network.encoding,
        record=network.record,
    )


def _chip_ticks(network: Network) -> int:
    """Ticks until every window has closed and every spike on its way has been discarded."""
    level = levels(network)
    last_window = max(level.values()) + network.ticks
    last_arrival = max(level[c.source] + network.ticks + 1 for c in network.connections)
    return max(last_window, last_arrival)


def _core_image(
    network: Network, plan: CorePlan, index: int, params: ChipParams, targets: dict[str, Any]
) -> CoreImage:
    core = params.core
    memory = CoreImage.empty(core)
    routes: list[npt.NDArray[np.int64]] = []
    for part in plan.slices:
        _write_synapses(memory["synapse"], network, plan, part, core)
        _write_columns(memory, part)
        _write_routes(memory, routes, network, part, params, targets[part.population.name])
    entries = np.concatenate(routes) if routes else np.zeros(0, np.int64)
    if len(entries) > core.routes:
        raise InputError(
            f"core {index} needs {len(entries)} routes, the core has {core.routes}; "
            "map onto cores with more `routes`"
        )
    memory["route"][: len(entries)] = entries
    return CoreImage(
        **memory
        | {
            "columns": plan.columns_used,
            "extension": plan.extension.bit_length() - 1,
            "first_tick": plan.level,
            "ticks": network.ticks,
        }
    )


def _columns(part: Slice) -> npt.NDArray[np.int64]:
    """Columns (neurons, k) of a slice, in phase 0."""
    k = part.format.columns
    return part.column + np.arange((part.stop - part.first) * k).reshape(-1, k)


def _write_synapses(
    synapse: npt.NDArray[np.bool_], network: Network, plan: CorePlan, part: Slice, core: CoreParams
) -> None:
    """Axon a of a source is row a mod axons; its phase selects a block of columns."""
    weight, _ = merged_weight(network, part.population)
    offset = 0
    for source, size in sources(network, part.population).items():
        block = weight[part.first : part.stop, offset : offset + size]
        bits = part.format.synapses(block)  # (neurons, size, k)
        phase, row = np.divmod(plan.axon_base[source] + np.arange(size), core.axons)
        columns = _columns(part)[:, None, :] + (phase * (core.neurons // plan.extension))[:, None]
        synapse[np.broadcast_to(row[:, None], bits.shape), columns] = bits
        offset += size


def _write_columns(memory: dict[str, Any], part: Slice) -> None:
    p, columns = part.population, _columns(part)
    for j, strength in enumerate(part.format.strengths):
        memory["control"][columns[:, j]] = CONTROL.pack(
            shift=abs(strength).bit_length() - 1, negative=int(strength < 0)
        )
    last = columns[:, -1]
    memory["control"][last] |= CONTROL.pack(
        last=1,
        decay=DECAY_CODE[p.decay.kind],
        amount=p.decay.amount,
        reset=RESET_CODE[p.reset],
        silent=int(not p.neuron.spiking),
    ).astype(np.int64)
    neurons = slice(part.first, part.stop)
    if p.neuron.spiking:
        memory["threshold"][last] = p.threshold[neurons]
    memory["initial"][last] = p.initial[neurons]
    memory["bias"][last] = p.bias[neurons]


def _write_routes(
    memory: dict[str, Any],
    routes: list[npt.NDArray[np.int64]],
    network: Network,
    part: Slice,
    params: ChipParams,
    targets: Any,
) -> None:
    neurons = np.arange(part.first, part.stop)
    words = neuron_routes(neurons, targets, params)
    if part.population.name == network.output and part.population.neuron.spiking:
        words = np.concatenate([words, host_routes(neurons)], axis=1)
    first = sum(len(r) for r in routes)
    count = words.shape[1]
    starts = first + np.arange(len(neurons)) * count
    memory["pointer"][_columns(part)[:, -1]] = POINTER.pack(start=starts, count=count)
    routes.append(words.reshape(-1))


def _placements(network: Network, plans: list[CorePlan]) -> tuple[Placement, ...]:
    level, placements = levels(network), []
    for p in network.order():
        core = np.zeros(p.n, np.int64)
        column = np.zeros(p.n, np.int64)
        for i, plan in enumerate(plans):
            for part in plan.slices:
                if part.population is p:
                    core[part.first : part.stop] = i
                    column[part.first : part.stop] = _columns(part)[:, -1]
        placements.append(Placement(p.name, p.shape, p.neuron.spiking, level[p.name], core, column))
    return tuple(placements)


def _layers(network: Network, plans: list[CorePlan], core: CoreParams) -> list[dict[str, Any]]:
    """Per population: cores, and the densities (eq 14-16) of its fullest core."""
    layers = []
    for p in network.order():
        parts = [(plan, s) for plan in plans for s in plan.slices if s.population is p]
        plan, part = max(parts, key=lambda x: x[1].stop - x[1].first)
        outputs, k = part.stop - part.first, part.format.columns
        fan_in = sum(sources(network, p).values())
        layers.append(
            {
                "name": p.name,
                "input_patch": [1, 1, fan_in],
                "output_patch": [1, 1, outputs],
                "extension": plan.extension,
                "cores": len(parts),
                "format": part.format.name,
                "density_axon": fan_in / (core.axons * plan.extension),
                "density_neuron": outputs * plan.extension * k / core.neurons,
                "density_synapse": outputs * fan_in * k / (core.axons * core.neurons),
            }
        )
    return layers
