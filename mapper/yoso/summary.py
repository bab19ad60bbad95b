"""What the mapper says about each layer."""

from typing import Any

from .params import PeParams
from .slices import LayerPlan

__all__ = ["describe_layer"]


def describe_layer(layer: LayerPlan, pe: PeParams) -> dict[str, Any]:
    """One JSON object: PEs, the paper's bound and why there are more, how full the largest is."""
    return {
        "name": layer.population.name,
        "cores": len(layer.slices),
        "bound": layer.bound,
        "reason": layer.reason,
        "neurons": layer.largest,
    }
