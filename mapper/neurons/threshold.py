"""IF, LIF and stateless threshold units: one kind, told apart by decay and reset."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..semantics import Reset, apply_decay, apply_reset, reset_interval
from .base import NeuronKind, State

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
        v = apply_decay(state["v"], population.decay) + current + population.bias
        fired = (v >= population.threshold) & ~held
        v = apply_reset(v, fired, population.threshold, population.reset)
        state["v"] = np.where(held, state["v"], v)
        if population.reset == Reset.ONCE:
            state["held"] |= fired
        return fired

    def bounds(
        self,
        population: "Population",
        low: npt.NDArray[np.int64],
        high: npt.NDArray[np.int64],
        ticks: int,
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        v_low = v_high = worst_low = worst_high = population.initial
        for _ in range(ticks):
            v_low = apply_decay(v_low, population.decay) + low + population.bias
            v_high = apply_decay(v_high, population.decay) + high + population.bias
            worst = np.minimum(worst_low, v_low), np.maximum(worst_high, v_high)
            # The subtraction of the reset must fit as well as the sum before it.
            v_low, v_high = reset_interval(
                v_low, v_high, population.threshold, population.reset, spiking=True
            )
            worst_low = np.minimum(worst[0], v_low)
            worst_high = np.maximum(worst[1], v_high)
        return worst_low, worst_high
