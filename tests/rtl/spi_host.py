"""The host's end of an SPI bus, level by level."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rtl.link.spi_wires import BIT_CYCLES

Levels = tuple[int, int, int, int]
"""cs_n, sclk, copi, and whether the host reads cipo now."""


def as_bytes(bits: Sequence[int]) -> list[int]:
    """The whole ones."""
    whole = range(0, len(bits) - len(bits) % 8, 8)
    return [int("".join(map(str, bits[i : i + 8])), 2) for i in whole]


@dataclass
class SpiHost:
    """period: of sclk, in clock cycles of the board, at least BIT_CYCLES; phase: of the board's
    clock; spoilt: probability that a transaction loses an edge of sclk, or has one too many
    """

    period: float = BIT_CYCLES
    phase: float = 0.0
    spoilt: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        self.dice, self.spoils = random.Random(self.seed), 0

    def transaction(self, data: Sequence[int], cut: int = 0) -> Iterator[Levels]:
        """Of these bytes without the last `cut` bits, cycle by cycle of the board."""
        bits = [byte >> i & 1 for byte in data for i in reversed(range(8))][: 8 * len(data) - cut]
        steps = [(1, 0, 0, 0), (0, 0, bits[0] if bits else 0, 0)]  # each lasts half a period
        for bit, later in zip(bits, [*bits[1:], 0], strict=True):
            steps += [(0, 1, bit, 1), (0, 0, later, 0)]
        steps += [(1, 0, 0, 0)]
        if self.dice.random() < self.spoilt:
            self._spoil(steps)
        cycle, time = 0, self.phase
        for cs_n, sclk, copi, reads in steps:
            time += self.period / 2
            while cycle < time:
                yield cs_n, sclk, copi, reads
                cycle, reads = cycle + 1, 0

    def _spoil(self, steps: list[Levels]) -> None:
        self.spoils += 1
        place = self.dice.randrange(2, len(steps) - 1)
        cs_n, sclk, copi, reads = steps[place]
        if self.dice.randrange(2):  # what the board sees, not what the host reads
            steps[place] = (cs_n, 1 - sclk, copi, reads)
        else:
            steps[place:place] = [(cs_n, 1 - sclk, copi, 0), (cs_n, sclk, copi, 0)]
