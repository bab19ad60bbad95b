"""Which neurons go to which core: tiles of populations side by side in the columns of cores."""

from collections.abc import Hashable
from dataclasses import dataclass, field

from ..errors import InputError
from ..network import INPUT, Network, Population
from ..semantics import DecayKind
from ..weights import WeightFormat
from .fragments import AxonBlock, Fragment, Fragments, split_population
from .incoming import levels
from .params import CoreParams
from .proof import width_problem
from .strategies import find_strategy

__all__ = ["CorePlan", "Part", "layer_problem", "plan_cores"]

SUPPORTED_KINDS = ("threshold", "readout")


@dataclass(frozen=True)
class Part:
    """A fragment's place: its neurons' columns follow each other from `column` on."""

    population: Population
    fragment: Fragment
    column: int
    format: WeightFormat


@dataclass
class CorePlan:
    """One core while it fills up.

    base: key of an axon block -> (axon of the block's axon 0, block)
    first_level, last_level: of the populations on it
    """

    extension: int
    first_level: int
    last_level: int
    base: dict[Hashable, tuple[int, AxonBlock]] = field(default_factory=dict)
    axons_used: int = 0
    parts: list[Part] = field(default_factory=list)

    @property
    def columns_used(self) -> int:
        """Columns in use per phase."""
        return max((p.column + len(p.fragment.neurons) * p.format.columns for p in self.parts),
                   default=0)  # fmt: skip

    def room(self, fmt: WeightFormat, core: CoreParams) -> int:
        """Neurons of a format for which there are still columns."""
        return (core.neurons // self.extension - self.columns_used) // fmt.columns

    def add(self, fragments: Fragments, level: int, core: CoreParams) -> bool:
        """Put the next fragment here; False when its columns or axons do not fit."""
        fragment = fragments.peek(self.room(fragments.format, core))
        if fragment is None:
            return False
        new = {b.key: b for b in fragment.blocks if b.key not in self.base}
        if self.axons_used + sum(b.size for b in new.values()) > self.extension * core.axons:
            return False
        for key, block in new.items():
            self.base[key] = self.axons_used, block
            self.axons_used += block.size
        place = Part(fragments.population, fragment, self.columns_used, fragments.format)
        self.parts.append(place)
        self.first_level = min(self.first_level, level)
        self.last_level = max(self.last_level, level)
        fragments.advance(fragment)
        return True


def layer_problem(
    network: Network, population: Population, core: CoreParams, strategy: str = "paper"
) -> str | None:
    """Why a population cannot run on this core, or None when it can."""
    if population.kind not in SUPPORTED_KINDS:
        return (
            f"neuron kind {population.kind!r} is not in the crossbar core; "
            f"it has {', '.join(SUPPORTED_KINDS)}"
        )
    problem = _input_problem(network, population) or _timing_problem(network, population)
    if problem:
        return problem
    try:
        split_population(network, population, core, strategy)
    except InputError as error:
        return str(error)
    return width_problem(network, population, core.potential_bits)


def _input_problem(network: Network, population: Population) -> str | None:
    if network.direct and any(c.source == INPUT for c in network.incoming(population.name)):
        return (
            "its input is values (encoding 'pixels'), a crossbar core takes spikes: use --target "
            "hybrid"
        )
    return None


def _timing_problem(network: Network, population: Population) -> str | None:
    level = levels(network)
    delays: dict[str, int] = {}
    for c in network.incoming(population.name):
        arrives = level[c.source] + 1 - level[c.target]
        if delays.setdefault(c.source, c.delay) != c.delay:
            return f"connections from {c.source!r} have delays {delays[c.source]} and {c.delay}"
        if c.source != INPUT and arrives != c.delay:
            return (
                f"connection {c.source}->{c.target} has delay {c.delay}, but a spike takes one "
                f"tick per hop and would need delay {arrives}"
                + (": insert relay populations" if arrives < 0 else "")
            )
    late = [c.delay for c in network.incoming(population.name) if c.source == INPUT]
    last = level[population.name] + network.ticks + max(late, default=0)
    return f"its last tick is {last}, a core counts to 65535" if last >= 1 << 16 else None


def plan_cores(
    network: Network, core: CoreParams, strategy: str = "paper", mix_levels: bool = True
) -> list[CorePlan]:
    """Fill cores population by population (first fit); InputError names the first problem.

    A fragment joins a core that still has columns and axons for it, so small populations share;
    the others open new cores. Populations of different levels share only with `mix_levels` and
    strategy "cores", and only if the ticks that are not their own cannot disturb them.
    """
    find_strategy(strategy)
    plans: list[CorePlan] = []
    level, mixed = levels(network), mix_levels and strategy == "cores"
    for p in network.order():
        problem = layer_problem(network, p, core, strategy)
        if problem:
            raise InputError(f"population {p.name!r} does not fit: {problem}")
        fragments = split_population(network, p, core, strategy)
        for plan in plans:
            if _may_share(network, p, plan, level, mixed):
                while not fragments.done and plan.add(fragments, level[p.name], core):
                    pass
        while not fragments.done:
            fragment = fragments.peek()
            assert fragment is not None
            fresh = CorePlan(fragment.extension, level[p.name], level[p.name])
            if not fresh.add(fragments, level[p.name], core):
                raise AssertionError(f"a fragment of {p.name!r} does not fit an empty core")
            plans.append(fresh)
    return plans


def _may_share(
    network: Network, p: Population, plan: CorePlan, level: dict[str, int], mixed: bool
) -> bool:
    if plan.first_level == plan.last_level == level[p.name]:
        return True
    return mixed and all(
        _undisturbed(network, q) for q in (p, *(part.population for part in plan.parts))
    )


def _undisturbed(network: Network, p: Population) -> bool:
    """A tick without spikes fires nothing and keeps the initial state, and no spike comes late."""
    if any(c.delay for c in network.incoming(p.name)):
        return False
    if not p.neuron.spiking:
        return not p.bias.any() and (p.decay.kind == DecayKind.NONE or not p.initial.any())
    return p.decay.kind == DecayKind.CLEAR and bool((p.bias < p.threshold).all())
