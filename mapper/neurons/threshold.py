"""IF, LIF and stateless threshold units: one kind, told apart by decay and reset."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..semantics import Reset, apply_reset, reset_interval
from .base import Interval, NeuronKind, State, integrate

if TYPE_CHECKING:
    from ..network import Population

__all__ = ["ThresholdNeuron"]


class ThresholdNeuron(NeuronKind):
    """v = decay(v) + sum + bias; fires when v >= threshold; then resets.

    decay none = IF, shift or halve = LIF, clear = McCulloch-Pitts unit (Zou et al. 2021, eq 10).
    """

    name = "threshold"
    spiking = True

    def initial_state(self, population: "Population", samples: int) -> State:
        state = super().initial_state(population, samples)
        state["held"] = np.zeros_like(state["v"])
        return state

    def step(
        self, population: "Population", state: State, current: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.bool_]:
        held = state["held"].astype(bool)
        v = integrate(population, state["v"], current)
        fired = (v >= population.threshold) & ~held
        v = apply_reset(v, fired, population.threshold, population.reset)
        state["v"] = np.where(held, state["v"], v)
        if population.reset == Reset.ONCE:
            state["held"] |= fired
        return fired

    def interval(
        self, population: "Population", v: Interval, current: Interval, tick: int
    ) -> tuple[Interval, Interval]:
        low, high = (integrate(population, *ends) for ends in zip(v, current, strict=True))
        threshold, reset = population.threshold, population.reset
        return (low, high), reset_interval(low, high, threshold, reset, spiking=True)
