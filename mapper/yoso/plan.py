"""Which neurons go to which PE: slices of a population, one per PE."""

from dataclasses import dataclass, replace
from functools import cached_property

from scipy.sparse import csr_array

from ..errors import InputError
from ..merged import merged_matrices
from ..network import Network, Population
from .dense import dense_plan, is_dense
from .kinds import kind_problem
from .listed import listed_plan
from .params import PeParams
from .proof import weight_problem, width_problem
from .slices import LayerPlan, Slice

__all__ = ["STRATEGIES", "GridPlan", "plan_grid", "plan_layer"]

STRATEGIES = ("paper", "cores")
"""paper: dense layers as whole neurons, each with all its weights; weight lists where they must
be. cores: weight lists also where they take fewer PEs."""


@dataclass(frozen=True, eq=False)
class GridPlan:
    """All slices of a network, in the order of its layers, and what each layer receives.

    weights: population -> source -> int64 (n, n_source)
    """

    network: Network
    layers: tuple[LayerPlan, ...]
    weights: dict[str, dict[str, csr_array]]

    @cached_property
    def slices(self) -> tuple[Slice, ...]:
        """Of all layers, one after the other."""
        return tuple(s for layer in self.layers for s in layer.slices)

    def layer(self, name: str) -> LayerPlan:
        """The plan of a population."""
        return next(layer for layer in self.layers if layer.population.name == name)

    def slices_of(self, name: str) -> list[int]:
        """Numbers, in `slices`, of a population's slices."""
        return [i for i, s in enumerate(self.slices) if s.population.name == name]


def plan_grid(network: Network, pe: PeParams, strategy: str = "paper") -> GridPlan:
    """Cut every population; InputError names the first that does not fit and why."""
    layers, weights = [], {}
    for p in network.order():
        try:
            layers.append(plan_layer(network, p, pe, strategy))
        except InputError as error:
            raise InputError(f"population {p.name!r} does not fit: {error}") from error
        weights[p.name] = merged_matrices(network, p)
    return GridPlan(network, tuple(layers), weights)


def plan_layer(
    network: Network, population: Population, pe: PeParams, strategy: str = "paper"
) -> LayerPlan:
    """Cut a population; InputError tells what it needs and the PE lacks."""
    if strategy not in STRATEGIES:
        raise InputError(f"unknown strategy {strategy!r}; known: {', '.join(STRATEGIES)}")
    if network.ticks > pe.ticks:
        raise InputError(f"a sample has {network.ticks} ticks, a PE counts {pe.ticks}")
    problem = (
        kind_problem(network, population)
        or weight_problem(network, population, pe)
        or width_problem(network, population, pe)
    )
    if problem:
        raise InputError(problem)
    if not is_dense(network, population):
        return listed_plan(network, population, pe)
    plan = dense_plan(network, population, pe)
    return (_fewer(network, plan, pe) if strategy == "cores" else None) or plan


def _fewer(network: Network, plan: LayerPlan, pe: PeParams) -> LayerPlan | None:
    """Weight lists, if they take fewer PEs than a dense plan: rows of zeros need no memory."""
    try:
        found = listed_plan(network, plan.population, pe, len(plan.slices) - 1)
    except InputError:
        return None
    return replace(found, bound=plan.bound)
