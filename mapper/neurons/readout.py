"""The non-spiking output: it accumulates, and the largest potential names the class."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .base import Interval, NeuronKind, State, integrate

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
        state["v"] = integrate(population, state["v"], current)
        return np.zeros(current.shape, dtype=bool)

    def interval(
        self, population: "Population", v: Interval, current: Interval, tick: int
    ) -> tuple[Interval, Interval]:
        low, high = (integrate(population, *ends) for ends in zip(v, current, strict=True))
        return (low, high), (low, high)
