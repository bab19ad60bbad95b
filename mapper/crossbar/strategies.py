"""Strategies: ways to cut a layer into patches."""

from collections.abc import Callable

from ..errors import InputError
from .channel_major import channel_major
from .fewest_cores import fewest_cores
from .params import CoreParams
from .patches import LayerShape, PatchPlan

__all__ = ["STRATEGIES", "Strategy", "find_strategy", "plan_layer"]

Strategy = Callable[[LayerShape, CoreParams], PatchPlan]

STRATEGIES: dict[str, Strategy] = {"paper": channel_major, "cores": fewest_cores}
"""By name; a new strategy is a function and an entry here."""


def find_strategy(name: str) -> Strategy:
    """Look a strategy up; InputError lists the known ones."""
    if name not in STRATEGIES:
        raise InputError(f"unknown strategy {name!r}; known: {', '.join(STRATEGIES)}")
    return STRATEGIES[name]


def plan_layer(shape: LayerShape, core: CoreParams, strategy: str = "paper") -> PatchPlan:
    """Cut a layer. InputError: it fits at no axon extension, or the strategy is unknown."""
    return find_strategy(strategy)(shape, core)
