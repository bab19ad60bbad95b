"""ReL-PSP neurons of STDBP (Zhang et al.): a spike's effect grows linearly with time."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .base import Interval, NeuronKind, State

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

    def interval(
        self, population: "Population", v: Interval, current: Interval, tick: int
    ) -> tuple[Interval, Interval]:
        # Inputs may spike at every tick: the accumulator then holds tick + 1 times a tick's sum.
        low, high = (
            end + (tick + 1) * total + population.bias
            for end, total in zip(v, current, strict=True)
        )
        return (low, high), (low, np.minimum(high, population.threshold - 1))  # else it holds
