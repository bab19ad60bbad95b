"""Which neurons go to which core: axon extension, columns, slices of populations."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ..errors import InputError
from ..network import INPUT, Network, Population
from ..weights import WEIGHT_FORMATS, WeightFormat
from .params import CoreParams
from .proof import width_problem

__all__ = ["CorePlan", "Slice", "layer_problem", "levels", "plan_cores"]

SUPPORTED_KINDS = ("threshold", "readout")


@dataclass
class Slice:
    """Neurons first..stop-1 of a population, from `column` on, `columns` columns apart."""

    population: Population
    first: int
    stop: int
    column: int
    format: WeightFormat


@dataclass
class CorePlan:
    """One core while it fills up. `axon_base`: source -> axon of the source's neuron 0."""

    level: int
    extension: int
    axon_base: dict[str, int] = field(default_factory=dict)
    axons_used: int = 0
    slices: list[Slice] = field(default_factory=list)

    @property
    def columns_used(self) -> int:
        """Columns in use per phase."""
        return max((s.column + (s.stop - s.first) * s.format.columns for s in self.slices),
                   default=0)  # fmt: skip


def levels(network: Network) -> dict[str, int]:
    """Chip tick at which each population's network tick 0 runs (its distance from the input)."""
    level = {INPUT: -1}
    for p in network.order():
        sources = [c.source for c in network.incoming(p.name) if c.delay == 0]
        level[p.name] = max((level[s] + 1 for s in sources), default=0)
    return level


def sources(network: Network, population: Population) -> dict[str, int]:
    """Sources of a population with their sizes, in order of their connections."""
    names = dict.fromkeys(c.source for c in network.incoming(population.name))
    return {n: network.n_inputs if n == INPUT else network[n].n for n in names}


def merged_weight(
    network: Network, population: Population
) -> tuple[npt.NDArray[np.int64], WeightFormat]:
    """All incoming weights side by side (n, fan_in), in the order of `sources`, and a format
    that holds them: the connections' own when they agree, else the narrowest that fits.
    """
    incoming = network.incoming(population.name)
    blocks = [
        sum(c.matrix() for c in incoming if c.source == source)
        for source in sources(network, population)
    ]
    weight = np.concatenate([np.asarray(b) for b in blocks], axis=1)
    formats = {c.format: c.weight_format for c in incoming}
    low, high = int(weight.min(initial=0)), int(weight.max(initial=0))
    candidates = [*formats.values()] if len(formats) == 1 else []
    candidates += sorted(WEIGHT_FORMATS.values(), key=lambda f: f.columns)
    for candidate in candidates:
        if candidate.low <= low and high <= candidate.high:
            return weight, candidate
    raise InputError(
        f"population {population.name!r}: parallel connections sum to weights {low}..{high}, "
        "beyond the 8 bits of a complete neuron"
    )


def extension_for(fan_in: int, core: CoreParams) -> int:
    """Smallest axon extension f, a power of two, with fan_in <= f * axons."""
    return 1 << max(0, (-(-fan_in // core.axons) - 1).bit_length())


def layer_problem(network: Network, population: Population, core: CoreParams) -> str | None:
    """Why a population cannot run on this core, or None when it can."""
    if population.kind not in SUPPORTED_KINDS:
        return (
            f"neuron kind {population.kind!r} is not in the crossbar core; "
            f"it has {', '.join(SUPPORTED_KINDS)}"
        )
    level = levels(network)
    for c in network.incoming(population.name):
        arrives = level[c.source] + 1 - level[c.target]
        if arrives != c.delay:
            return (
                f"connection {c.source}->{c.target} has delay {c.delay}, but a spike takes one "
                f"tick per hop and would need delay {arrives}"
                + (": insert relay populations" if arrives < 0 else "")
            )
    if level[population.name] + network.ticks >= 1 << 16:
        return f"its last tick is {level[population.name] + network.ticks}, a core counts to 65535"
    fan_in = sum(sources(network, population).values())
    extension = extension_for(fan_in, core)
    if extension > core.max_extension:
        return (
            f"fan-in {fan_in} needs axon extension {extension}; the core reaches "
            f"{core.max_extension} x {core.axons} = {core.max_extension * core.axons} axons"
        )
    try:
        _, fmt = merged_weight(network, population)
    except InputError as error:
        return str(error)
    if fmt.columns > core.neurons // extension:
        return (
            f"a neuron takes {fmt.columns} columns x extension {extension}, "
            f"the core has {core.neurons}"
        )
    return width_problem(network, population, core.potential_bits)


def plan_cores(network: Network, core: CoreParams) -> list[CorePlan]:
    """Fill cores population by population (first fit); InputError names the first problem.

    A population joins a core of its level that still has columns and axons for it, so that small
    populations share; the rest of it opens new cores. Cores opened for one population number
    their axons alike, so one multicast packet reaches them all.
    """
    plans: list[CorePlan] = []
    level = levels(network)
    for p in network.order():
        problem = layer_problem(network, p, core)
        if problem:
            raise InputError(f"population {p.name!r} does not fit: {problem}")
        _, fmt = merged_weight(network, p)
        done = 0
        for plan in [c for c in plans if c.level == level[p.name]]:
            done = _fill(plan, network, p, fmt, done, core)
        while done < p.n:
            fan_in = sum(sources(network, p).values())
            plans.append(CorePlan(level[p.name], extension_for(fan_in, core)))
            done = _fill(plans[-1], network, p, fmt, done, core)
    return plans


def _fill(
    plan: CorePlan, network: Network, p: Population, fmt: WeightFormat, done: int, core: CoreParams
) -> int:
    """Put as many of the neurons from `done` on as fit into `plan`; return the next neuron."""
    new = {s: n for s, n in sources(network, p).items() if s not in plan.axon_base}
    if plan.axons_used + sum(new.values()) > plan.extension * core.axons:
        return done
    room = (core.neurons // plan.extension - plan.columns_used) // fmt.columns
    count = min(room, p.n - done)
    if count <= 0:
        return done
    for source, size in new.items():
        plan.axon_base[source] = plan.axons_used
        plan.axons_used += size
    plan.slices.append(Slice(p, done, done + count, plan.columns_used, fmt))
    return done + count
