"""The random numbers of the learning engine: a 16-bit linear feedback shift register."""

from functools import cache

import torch
from torch import Tensor

__all__ = ["BITS", "draw", "step"]

BITS = 16
_TAPS = 0xB400
"""x^16 + x^14 + x^13 + x^11 + 1: primitive, so every state but 0 comes once in 2^16 - 1 steps."""


def step(state: int) -> int:
    """The register after one clock (Galois form, shifting right). `state`: 1..65,535."""
    return (state >> 1) ^ (_TAPS if state & 1 else 0)


def draw(state: int, count: int) -> tuple[Tensor, int]:
    """`count` numbers 1..65,535, int64, and the last of them: the register afterwards.

    Each number is the register after 16 more clocks, so that no bit is used twice.
    """
    numbers, position = _cycle()
    if not count:
        return numbers[:0], state
    chosen = (int(position[state]) + 1 + torch.arange(count)) % len(numbers)
    drawn = numbers[chosen]
    return drawn, int(drawn[-1])


@cache
def _cycle() -> tuple[Tensor, Tensor]:
    """All states in the order in which they are drawn, and the place of each in it."""
    states = [1]
    while len(states) < (1 << BITS) - 1:
        states.append(step(states[-1]))
    # 16 and the period 65,535 have no common factor: every 16th state still visits all.
    numbers = torch.tensor(states)[BITS * torch.arange(len(states)) % len(states)]
    position = torch.zeros(1 << BITS, dtype=torch.int64)
    position[numbers] = torch.arange(len(numbers))
    return numbers, position
