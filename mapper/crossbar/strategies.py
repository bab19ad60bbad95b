"""Strategies: ways to cut a layer into patches."""

from collections.abc import Callable

from ..errors import InputError
from .channel_major import channel_major
from .fewest_cores import fewest_cores
from .params import CoreParams
from .patches import LayerShape, PatchPlan

__all__ = ["STRATEGIES", "Strategy", "plan_layer"]

Strategy = Callable[[LayerShape, CoreParams], PatchPlan]

STRATEGIES: dict[str, Strategy] = {"paper": channel_major, "cores": fewest_cores}
"""By name; a new strategy is a function and an entry here."""


def plan_layer(shape: LayerShape, core: CoreParams, strategy: str = "paper") -> PatchPlan:
    """Cut a layer. InputError: it fits at no axon extension, or the strategy is unknown."""
    if strategy not in STRATEGIES:
        raise InputError(f"unknown strategy {strategy!r}; known: {', '.join(STRATEGIES)}")
    return STRATEGIES[strategy](shape, core)
