"""Network -> GridImage for the YOSO grid. Deterministic: same input, same bytes."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import InputError
from ..image import Placement
from ..mesh import near_square
from ..network import Network, Population
from ..verdicts import verdicts
from .image import GridImage
from .memories import fill_pe
from .params import GridParams, PeParams
from .pe_image import PeImage
from .places import Place, in_rows
from .plan import GridPlan, plan_grid, plan_layer
from .routes import Routes, find_routes
from .summary import describe_layers

__all__ = ["check_network", "map_network"]


def check_network(network: Network, pe: PeParams, strategy: str = "paper") -> list[dict[str, Any]]:
    """See `mapper.verdicts`."""
    return verdicts(
        network,
        lambda p: _problem(network, p, pe, strategy),
        lambda: map_network(network, pe, strategy=strategy),
    )


def _problem(network: Network, p: Population, pe: PeParams, strategy: str) -> str | None:
    try:
        plan_layer(network, p, pe, strategy)
    except InputError as error:
        return str(error)
    return None


def map_network(
    network: Network,
    pe: PeParams,
    mesh: tuple[int, int] | None = None,
    strategy: str = "paper",
    progress: Callable[[int, int], None] = lambda done, cores: None,
    place: Place = in_rows,
) -> GridImage:
    """Compile; InputError says which population or PE does not fit, by how much.

    mesh: (width, height), by default nearly square, at most 8 x 8
    strategy: how layers are cut, see `mapper.yoso.plan`
    progress: called with the PEs filled so far and their number
    place: the places of a plan's slices, see `mapper.yoso.places`
    """
    plan = plan_grid(network, pe, strategy)
    width, height = mesh or near_square(len(plan.slices))
    params = GridParams(pe=pe, width=width, height=height)
    _check_size(plan, params)
    places = place(plan, params)
    routes = find_routes(plan, places, params)
    return GridImage(
        params=params,
        cores=_cores(plan, places, routes, params, progress),
        feed=routes.feed,
        tokens=routes.tokens,
        lines={network.output: 0} if network[network.output].neuron.spiking else {},
        populations=_placements(plan, places),
        network_ticks=network.ticks,
        input_shape=network.input_shape,
        output=network.output,
        decision=network.decision,
        network_sha256=network.sha256(),
        network_name=network.name,
        layers=describe_layers(plan),
        encoding=network.encoding,
        record=network.record,
    )


def _check_size(plan: GridPlan, params: GridParams) -> None:
    if len(plan.slices) > params.cores:
        layers = ", ".join(f"{p.population.name} {len(p.slices)}" for p in plan.layers)
        raise InputError(
            f"the network needs {len(plan.slices)} PEs ({layers}), a mesh of {params.width} x "
            f"{params.height} has {params.cores}"
        )


def _cores(
    plan: GridPlan, places: list[int], routes: Routes, params: GridParams,
    progress: Callable[[int, int], None],
) -> tuple[PeImage, ...]:  # fmt: skip
    cores = [PeImage.empty(params.pe)] * params.cores
    for i, place in enumerate(places):
        cores[place] = fill_pe(plan, i, routes, params)
        progress(i + 1, len(places))
    return tuple(cores)


def _placements(plan: GridPlan, places: list[int]) -> tuple[Placement, ...]:
    found = []
    for p in plan.network.order():
        core, column = np.zeros(p.n, np.int64), np.zeros(p.n, np.int64)
        for i in plan.slices_of(p.name):
            neurons = plan.slices[i].neurons
            core[neurons], column[neurons] = places[i], np.arange(len(neurons))
        found.append(Placement(
            name=p.name, shape=p.shape, spiking=p.neuron.spiking, core=core, column=column
        ))  # fmt: skip
    return tuple(found)
