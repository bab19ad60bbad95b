"""Golden model of a PIM macro: executes memory contents, vectorized over samples."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mapper.pim.array import ArrayModel
from mapper.pim.macro_image import MacroImage
from mapper.pim.noise import Noise
from mapper.pim.params import MacroParams

from .neurons import NeuronModel

__all__ = ["MacroModel"]

Bools = npt.NDArray[np.bool_]


@dataclass
class MacroModel:
    """A macro through the ticks of a sample; noise, place: see `ArrayModel`."""

    image: MacroImage
    macro: MacroParams
    noise: Noise | None = None
    place: int = 0

    def __post_init__(self) -> None:
        image = self.image
        words = {n: np.tile(getattr(image, n), image.positions) for n in NeuronModel.WORDS}
        self.neurons = NeuronModel(**words, potential_bits=self.macro.potential_bits)
        self.array = ArrayModel(self.image, self.macro, self.noise, self.place)

    def start(self, values: npt.NDArray[np.integer]) -> None:
        """A sample begins; values: (samples, activations), the same in all its ticks."""
        self.currents = self.array.sums(values)
        self.neurons.start(len(values))

    def step(self) -> tuple[Bools, bool]:
        """One tick: (fired (samples, neurons), whether anything saturated)."""
        return self.neurons.step(self.currents)
