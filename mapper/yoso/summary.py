"""What the mapper says about each layer."""

from typing import Any

from .plan import GridPlan
from .slices import LayerPlan

__all__ = ["describe_layers"]


def describe_layers(plan: GridPlan) -> list[dict[str, Any]]:
    """One JSON object per population, in order."""
    return [
        {
            "name": layer.population.name,
            "cores": len(layer.slices),
            "bound": layer.bound,
            "reason": layer.reason,
            "neurons": layer.largest,
            "lists": layer.listed,
            "weights": _words(layer, plan),
            "runs": max(len(s.lists.run) if s.lists else 0 for s in layer.slices),
        }
        for layer in plan.layers
    ]


def _words(layer: LayerPlan, plan: GridPlan) -> int:
    """Words of weights in the PE that has most."""
    if layer.listed:
        return max(len(s.lists.weight) for s in layer.slices if s.lists)
    (matrix,) = plan.weights[layer.population.name].values()
    return matrix.shape[1] * layer.stride
