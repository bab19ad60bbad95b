"""The memory contents of one core."""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from ..errors import InputError
from ..network import Network
from .core_image import CoreImage
from .layout import CONTROL, DECAY_CODE, POINTER, RESET_CODE
from .params import CoreParams
from .passes import Loads, PassPlan
from .plan import CorePlan, Part
from .routes import Targets, host_routes

__all__ = ["core_image", "part_columns"]

Indices = npt.NDArray[np.int64]


def part_columns(part: Part) -> Indices:
    """Columns (neurons, k) of a part, in phase 0."""
    k = part.format.columns
    return part.column + np.arange(len(part.fragment.neurons) * k).reshape(-1, k)


def core_image(
    network: Network, run: PassPlan, plan: CorePlan, core: CoreParams,
    weights: dict[str, dict[str, csr_array]], targets: dict[str, Targets], loads: Loads,
) -> CoreImage:  # fmt: skip
    """Fill a core. weights: population -> source -> matrix; targets: of every population.

    Raises InputError when the routes do not fit.
    """
    memory = CoreImage.empty(core)
    routes = _Routes(memory, core)
    for part in plan.parts:
        name = part.population.name
        for block in part.fragment.blocks:
            base, _ = plan.base[block.key]
            axons = np.full(weights[name][block.source].shape[1], -1)
            axons[block.elements] = base + block.offsets
            rows = weights[name][block.source][part.fragment.neurons].tocoo()
            _write_synapses(memory["synapse"], part, plan, rows, axons, core)
        _write_columns(memory, part)
        routes.add(part, targets[name], loads, run)
    return CoreImage(
        **memory
        | {
            "columns": plan.columns_used,
            "extension": plan.extension.bit_length() - 1,
            "first_tick": plan.first_level - run.base,
            "ticks": network.ticks + plan.last_level - plan.first_level,
        }
    )


def _write_synapses(
    synapse: npt.NDArray[np.bool_], part: Part, plan: CorePlan, rows: Any, axons: Indices,
    core: CoreParams,
) -> None:  # fmt: skip
    """Axon a is row a mod axons; its phase selects a block of columns."""
    neuron, element = rows.coords
    phase, row = np.divmod(axons[element], core.axons)
    assert (axons[element] >= 0).all(), "a fragment lacks an axon that its weights need"
    column = part_columns(part)[neuron, 0] + phase * (core.neurons // plan.extension)
    place = row * core.neurons + column
    for j, bit in enumerate(part.format.synapses(rows.data).T):
        synapse.reshape(-1)[place[bit] + j] = True


def _write_columns(memory: dict[str, Any], part: Part) -> None:
    p, columns, neurons = part.population, part_columns(part), part.fragment.neurons
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
    if p.neuron.spiking:
        memory["threshold"][last] = p.threshold[neurons]
    memory["initial"][last] = p.initial[neurons]
    memory["bias"][last] = p.bias[neurons]


class _Routes:
    """The routing table of a core while it fills up."""

    def __init__(self, memory: dict[str, Any], core: CoreParams) -> None:
        self._memory, self._core, self._used = memory, core, 0

    def add(self, part: Part, targets: Targets, loads: Loads, run: PassPlan) -> None:
        neurons = part.fragment.neurons
        count, rows = targets.of(neurons)
        line = loads.host_lines(run, part.population.name, neurons)
        to_host = line >= 0
        total = count + to_host
        start = self._used + np.cumsum(total) - total
        entries = np.zeros(int(total.sum()), np.int64)
        inside = np.ones(len(entries), bool)
        inside[(start + total - 1 - self._used)[to_host]] = False  # a neuron's last entry
        entries[inside] = targets.route_words(rows, loads.params)
        entries[~inside] = host_routes(line[to_host])
        stop = self._used + len(entries)
        if stop > self._core.routes:
            raise InputError(
                f"a core of {part.population.name!r} needs {stop} routes or more, the core has "
                f"{self._core.routes}; map onto cores with more `routes`"
            )
        self._memory["route"][self._used : stop] = entries
        pointer = POINTER.pack(start=np.where(total > 0, start, 0), count=total)
        self._memory["pointer"][part_columns(part)[:, -1]] = pointer
        self._used = stop
