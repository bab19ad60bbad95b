"""ReL-PSP neurons of STDBP (Zhang et al.): a spike's effect grows linearly with time."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .base import NeuronKind, State

if TYPE_CHECKING:
    from ..network import Population

__all__ = ["RelPsp"]


class RelPsp(NeuronKind):
    """a += sum; v += a + bias; fires once, at the first tick with v >= threshold, then holds.

    The discrete form of V(t) = sum_i w_i max(0, t - t_i), as the YOSO PE computes it.
    """

    name = "rel_psp"
    spiking = True

    def initial_state(self, population: "Population", samples: int) -> State:
        state = super().initial_state(population, samples)
        state["a"] = np.zeros_like(state["v"])
        state["held"] = np.zeros_like(state["v"])
        return state

    def step(
        self, population: "Population", state: State, current: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.bool_]:
        held = state["held"].astype(bool)
        state["a"] += current
        state["v"] = np.where(held, state["v"], state["v"] + state["a"] + population.bias)
        fired = (state["v"] >= population.threshold) & ~held
        state["held"] |= fired
        return fired

    def bounds(
        self,
        population: "Population",
        low: npt.NDArray[np.int64],
        high: npt.NDArray[np.int64],
        ticks: int,
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        # Each input spikes once per sample, so the accumulator stays within one tick's bounds.
        v_low = v_high = worst_low = worst_high = population.initial
        for _ in range(ticks):
            v_low, v_high = v_low + low + population.bias, v_high + high + population.bias
            worst_low, worst_high = np.minimum(worst_low, v_low), np.maximum(worst_high, v_high)
        return worst_low, worst_high
