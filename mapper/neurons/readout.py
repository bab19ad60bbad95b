"""The non-spiking output: it accumulates, and the largest potential names the class."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..semantics import apply_decay
from .base import NeuronKind, State

if TYPE_CHECKING:
    from ..network import Population

__all__ = ["Readout"]


class Readout(NeuronKind):
    """v = decay(v) + sum + bias; never fires. Threshold and reset have no meaning here."""

    name = "readout"
    spiking = False

    def step(
        self, population: "Population", state: State, current: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.bool_]:
        state["v"] = apply_decay(state["v"], population.decay) + current + population.bias
        return np.zeros(current.shape, dtype=bool)

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
            worst_low, worst_high = np.minimum(worst_low, v_low), np.maximum(worst_high, v_high)
        return worst_low, worst_high
