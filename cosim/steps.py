"""Going through a run tick by tick, and looking at single words of a chip in between."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from mapper.errors import InputError
from mapper.packets import Space

__all__ = ["Reader", "Steps", "Words"]

Packets = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Reader = Callable[[int, str, Ints], Ints]
"""(core, name of words, indices) -> their values, read from the chip."""
_WORD = 32


@dataclass(frozen=True)
class Words:
    """Words of a core that belong together: word i is at address `first` + i * `stride`."""

    space: Space
    first: int
    count: int
    stride: int = 1
    signed: bool = False

    def addresses(self, indices: Ints) -> Ints:
        """InputError for an index that does not exist."""
        beyond = indices[(indices < 0) | (indices >= self.count)]
        if len(beyond):
            raise InputError(f"index {beyond[0]}: there are words 0 to {self.count - 1}")
        return self.first + indices * self.stride

    def value(self, data: Ints) -> Ints:
        """Numbers from what a REPLY carries."""
        sign = 1 << (_WORD - 1)
        return (data ^ sign) - sign if self.signed else data

    def data(self, value: int) -> int:
        """What a WRITE carries; InputError for a number that does not fit."""
        low, high = (-(1 << (_WORD - 1)) if self.signed else 0), (1 << _WORD) - 1
        if not low <= value <= high:
            raise InputError(f"value {value}: a word holds {low} to {high}")
        return value & (1 << _WORD) - 1


class Steps(ABC):
    """One image. words: everything that can be read, by name; ticks: of the host, per sample;
    dtype: of its input, bool for spikes
    """

    dtype: ClassVar[type] = bool
    words: dict[str, Words]
    ticks: int

    def of_core(self, core: int) -> dict[str, Words]:
        """Those of `words` that a core has; by default all."""
        return self.words

    def name(self, words: str, core: int) -> str:
        """What `words` that every kind of core has are called in a core; by default just so."""
        return words

    @abstractmethod
    def sample(self, spikes: npt.NDArray[np.bool_]) -> Iterator[tuple[Packets, int]]:
        """Per tick (what a `Session` sends in it, how many DONEs and REPLYs that causes).

        spikes: (network ticks, inputs), read when the tick comes that sends them
        """

    @abstractmethod
    def check(self, spikes: npt.NDArray[np.bool_]) -> None:
        """InputError for input spikes (network ticks, inputs) that the chip cannot take."""

    @abstractmethod
    def potentials(self, read: Reader, core: int, columns: Ints) -> Ints:
        """Potentials of neurons of a core."""

    @abstractmethod
    def spikes(self, read: Reader, core: int, columns: Ints, tick: int) -> Ints:
        """1 for the neurons of a core that fired in network tick `tick`, their last one."""
