"""Network -> ChipImage for the crossbar chip. Deterministic: same input, same bytes."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..mesh import mesh_shape
from ..network import Network
from ..verdicts import verdicts
from .core_image import CoreImage
from .image import ChipImage, LevelPlacement
from .incoming import levels, merged_weights
from .memories import core_image, part_columns
from .params import ChipParams, CoreParams
from .passes import Loads, PassPlan, cut_passes
from .plan import layer_problem, plan_cores
from .summary import describe_layers

__all__ = ["check_network", "map_network"]


def check_network(
    network: Network, core: CoreParams, strategy: str = "paper"
) -> list[dict[str, Any]]:
    """See `mapper.verdicts`."""
    return verdicts(
        network,
        lambda p: layer_problem(network, p, core, strategy),
        lambda: map_network(network, core, strategy=strategy),
    )


def map_network(
    network: Network,
    core: CoreParams,
    mesh: tuple[int, int] | None = None,
    strategy: str = "paper",
    progress: Callable[[int, int], None] = lambda done, cores: None,
    place: Callable[[Loads, PassPlan], list[int]] | None = None,
) -> ChipImage:
    """Compile; InputError says which population or core does not fit, by how much.

    mesh: (width, height), by default the smallest that holds the network, at most 8 x 8. On a
    smaller mesh than the network needs, cores are loaded in several passes.
    strategy: how layers are cut, see `mapper.crossbar.strategies`
    progress: called with the cores filled so far and their number
    place: the places of a pass's cores, see `mapper.crossbar.placement`; default: row by row
    """
    plans = plan_cores(network, core, strategy)
    width, height = mesh_shape(len(plans), mesh)
    params = ChipParams(core=core, width=width, height=height)
    if len(plans) > params.cores:
        # A core of several levels fits no pass: its sources may come later, its targets earlier.
        plans = plan_cores(network, core, strategy, mix_levels=False)
    passes = cut_passes(network, plans, params.cores)
    loads = Loads(network, passes, params)
    if place:
        for run in passes:
            run.places = place(loads, run)
    return ChipImage(
        params=params,
        cores=_cores(network, passes, loads, progress),
        passes=tuple(loads.describe(run) for run in passes),
        populations=_placements(network, passes, params),
        network_ticks=network.ticks,
        input_shape=network.input_shape,
        output=network.output,
        decision=network.decision,
        network_sha256=network.sha256(),
        network_name=network.name,
        layers=describe_layers(network, plans, core, strategy),
        encoding=network.encoding,
        record=network.record,
    )


def _cores(
    network: Network, passes: list[PassPlan], loads: Loads, progress: Callable[[int, int], None]
) -> tuple[CoreImage, ...]:
    params = loads.params
    weights = {p.name: merged_weights(network, p)[0] for p in network.populations}
    cores = [CoreImage(**CoreImage.empty(params.core))] * (params.cores * len(passes))
    total, done = sum(len(run.plans) for run in passes), 0
    for run in passes:
        targets = {p.name: loads.targets(run, p.name) for p in network.populations}
        for place, plan in zip(run.places, run.plans, strict=True):
            where = run.index * params.cores + place
            cores[where] = core_image(network, run, plan, params.core, weights, targets, loads)
            done += 1
            progress(done, total)
    return tuple(cores)


def _placements(
    network: Network, passes: list[PassPlan], params: ChipParams
) -> tuple[LevelPlacement, ...]:
    level = levels(network)
    core = {p.name: np.zeros(p.n, np.int64) for p in network.populations}
    column = {p.name: np.zeros(p.n, np.int64) for p in network.populations}
    for run in passes:
        for place, plan in zip(run.places, run.plans, strict=True):
            for part in plan.parts:
                name, neurons = part.population.name, part.fragment.neurons
                core[name][neurons] = run.index * params.cores + place
                column[name][neurons] = part_columns(part)[:, -1]
    return tuple(
        LevelPlacement(
            name=p.name, shape=p.shape, spiking=p.neuron.spiking, level=level[p.name],
            core=core[p.name], column=column[p.name],
        )
        for p in network.order()
    )  # fmt: skip
