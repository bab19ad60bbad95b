"""The non-spiking output of a network of ReL-PSP neurons, the "softmax" output of Zhang et al."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .base import Interval, NeuronKind, State

if TYPE_CHECKING:
    from ..network import Population

__all__ = ["RelPspReadout"]


class RelPspReadout(NeuronKind):
    """a += sum; v += a + bias; never fires. Decay, threshold and reset have no meaning here."""

    name = "rel_psp_readout"
    spiking = False

    def initial_state(self, population: "Population", samples: int) -> State:
        state = super().initial_state(population, samples)
        state["a"] = np.zeros_like(state["v"])
        return state

    def step(
        self, population: "Population", state: State, current: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.bool_]:
        state["a"] += current
        state["v"] = state["v"] + state["a"] + population.bias
        return np.zeros(current.shape, dtype=bool)

    def interval(
        self, population: "Population", v: Interval, current: Interval, tick: int
    ) -> tuple[Interval, Interval]:
        # Inputs may spike at every tick: the accumulator then holds tick + 1 times a tick's sum.
        low, high = (
            end + (tick + 1) * total + population.bias
            for end, total in zip(v, current, strict=True)
        )
        return (low, high), (low, high)
