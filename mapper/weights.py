"""Weight formats: which integers a synapse can hold, and the crossbar columns that hold them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .errors import InputError

__all__ = ["WEIGHT_FORMATS", "WeightFormat", "weight_format"]


@dataclass(frozen=True)
class WeightFormat:
    """A set of weights as sums of strengths (Zou et al. 2021, section 3.1).

    strengths: one per basic neuron (column) of a complete neuron; a weight is the sum of the
    strengths whose synapse is on. k_wei of the paper is their number.
    """

    name: str
    strengths: tuple[int, ...]

    @property
    def columns(self) -> int:
        """Basic neurons per complete neuron (k_wei)."""
        return len(self.strengths)

    @property
    def low(self) -> int:
        """The smallest weight."""
        return sum(s for s in self.strengths if s < 0)

    @property
    def high(self) -> int:
        """The largest weight."""
        return sum(s for s in self.strengths if s > 0)

    def synapses(self, weight: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Synapse bits (..., columns) of integer weights (...): weight == bits @ strengths."""
        if self.name == "ternary":
            return np.stack([weight > 0, weight < 0], axis=-1)
        bits = np.arange(self.columns)
        return ((weight[..., None] >> bits) & 1).astype(bool)

    def check(self, weight: npt.NDArray[np.int64], where: str) -> None:
        """Raise InputError, naming the first culprit, when a weight is out of range."""
        bad = np.argwhere((weight < self.low) | (weight > self.high))
        if len(bad):
            index = tuple(int(i) for i in bad[0])
            raise InputError(
                f"{where}: weight {int(weight[index])} at {index} is outside "
                f"{self.low}..{self.high} of format {self.name}"
            )


def _twos_complement(bits: int) -> WeightFormat:
    powers = [1 << b for b in range(bits)]
    return WeightFormat(f"int{bits}", (*powers[:-1], -powers[-1]))


WEIGHT_FORMATS: dict[str, WeightFormat] = {
    f.name: f
    for f in (
        WeightFormat("ternary", (1, -1)),
        WeightFormat("binary", (1,)),
        *(_twos_complement(bits) for bits in range(2, 9)),
    )
}
"""`ternary` {-1, 0, 1}; `binary` {0, 1}; `int2`..`int8` two's complement."""


def weight_format(name: str) -> WeightFormat:
    """Look a format up by name; InputError lists the known ones."""
    if name not in WEIGHT_FORMATS:
        raise InputError(f"unknown weight format {name!r}; known: {', '.join(WEIGHT_FORMATS)}")
    return WEIGHT_FORMATS[name]
