"""What the mapper says about each layer: patches, extension, cores, densities."""

from typing import Any

from ..network import Network
from .fragments import split_population
from .params import CoreParams
from .plan import CorePlan, Part

__all__ = ["describe_layers"]


def describe_layers(
    network: Network, plans: list[CorePlan], core: CoreParams, strategy: str
) -> list[dict[str, Any]]:
    """One JSON object per population, in order; `cores` counts those that hold a part of it."""
    layers = []
    for p in network.order():
        parts = [part for plan in plans for part in plan.parts if part.population is p]
        facts: dict[str, Any] = {"name": p.name, "cores": len(parts)}
        plan = split_population(network, p, core, strategy).plan
        if plan is None:
            largest = max(parts, key=lambda part: len(part.fragment.neurons))
            facts |= _irregular(largest, core)
        else:
            facts |= {
                "input_patch": _three(plan.input_patch),
                "output_patch": _three(plan.output_patch),
                "extension": plan.extension,
                "density_axon": plan.density_axon,
                "density_neuron": plan.density_neuron,
                "density_synapse": plan.density_synapse,
            }
        layers.append(facts | {"format": parts[0].format.name, "k_rep": p.group})
    return layers


def _three(patch: tuple[int, ...]) -> list[int]:
    """Spatial sizes, then channels; at least three numbers."""
    return [1] * (3 - len(patch)) + list(patch)


def _irregular(part: Part, core: CoreParams) -> dict[str, Any]:
    """A layer that no patch search cut: the densities of its largest part."""
    fan_in = sum(b.size for b in part.fragment.blocks)
    neurons, f, k = len(part.fragment.neurons), part.fragment.extension, part.format.columns
    return {
        "input_patch": [1, 1, fan_in],
        "output_patch": [1, 1, neurons],
        "extension": f,
        "density_axon": fan_in / (core.axons * f),
        "density_neuron": neurons * f * k / core.neurons,
        "density_synapse": neurons * fan_in * k / (core.axons * core.neurons),
    }
