"""What the numbers mean: the integer neuron step, defined here and nowhere else restated.

A tick, in this order: decay -> integrate -> fire -> reset. Everything is an exact integer;
`>>` is arithmetic (floor). Training mirrors these rules in torch, the golden models call them,
the RTL is compared with them bit for bit.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from .errors import InputError

__all__ = ["Decay", "DecayKind", "Reset", "apply_decay", "apply_reset", "reset_interval"]

Array = npt.NDArray[np.int64]


class DecayKind(StrEnum):
    """How a membrane potential shrinks at the start of a tick, without a multiplier."""

    NONE = "none"
    """v (integrate and fire)"""
    SHIFT = "shift"
    """v - (v >> k): the leak factor is lambda = 1 - 2^-k"""
    HALVE = "halve"
    """v >> m: the leak factor is lambda = 2^-m"""
    CLEAR = "clear"
    """0: a stateless McCulloch-Pitts unit"""


class Reset(StrEnum):
    """What a spike does to the potential of the neuron that fired."""

    ZERO = "zero"
    """v becomes 0"""
    SUBTRACT = "subtract"
    """v becomes v - threshold"""
    NONE = "none"
    """v stays"""
    ONCE = "once"
    """v stays and is held, and the neuron is silent, until the next sample starts"""


MAX_DECAY_AMOUNT: Final = 7


@dataclass(frozen=True)
class Decay:
    """A decay rule. `amount` is k of SHIFT or m of HALVE, 1..7; 0 for the other kinds."""

    kind: DecayKind
    amount: int = 0

    def __post_init__(self) -> None:
        if self.kind not in [*DecayKind]:
            raise InputError(f"unknown decay {self.kind!r}; known: {', '.join(DecayKind)}")
        object.__setattr__(self, "kind", DecayKind(self.kind))
        shifts = self.kind in (DecayKind.SHIFT, DecayKind.HALVE)
        valid = range(1, MAX_DECAY_AMOUNT + 1) if shifts else range(1)
        if type(self.amount) is not int or self.amount not in valid:
            raise InputError(
                f"decay {self.kind}: amount must be in {valid.start}..{valid.stop - 1}, "
                f"not {self.amount!r}"
            )

    @property
    def factor(self) -> float:
        """The leak factor lambda in [0, 1] that the rule stands for."""
        match self.kind:
            case DecayKind.NONE:
                return 1.0
            case DecayKind.SHIFT:
                return 1.0 - 2.0**-self.amount
            case DecayKind.HALVE:
                return 2.0**-self.amount
        return 0.0


def apply_decay(v: Array, decay: Decay) -> Array:
    """Return the decayed potentials. Monotone in v, so it maps intervals to intervals."""
    match decay.kind:
        case DecayKind.NONE:
            return v
        case DecayKind.SHIFT:
            return v - (v >> decay.amount)
        case DecayKind.HALVE:
            return v >> decay.amount
    return np.zeros_like(v)


def apply_reset(v: Array, fired: npt.NDArray[np.bool_], threshold: Array, reset: Reset) -> Array:
    """Return the potentials after the neurons in `fired` have been reset."""
    match reset:
        case Reset.ZERO:
            return np.where(fired, 0, v)
        case Reset.SUBTRACT:
            return np.where(fired, v - threshold, v)
    return v


def reset_interval(
    low: Array, high: Array, threshold: Array, reset: Reset, spiking: bool
) -> tuple[Array, Array]:
    """Bounds of the potentials after fire and reset, given bounds before them."""
    if not spiking or reset in (Reset.NONE, Reset.ONCE):
        return low, high
    fires, rests = high >= threshold, low < threshold
    fired_low = np.maximum(low, threshold) - threshold if reset == Reset.SUBTRACT else 0 * low
    fired_high = high - threshold if reset == Reset.SUBTRACT else 0 * high
    rest_high = np.minimum(high, threshold - 1)
    new_low = np.where(fires & rests, np.minimum(low, fired_low), np.where(fires, fired_low, low))
    new_high = np.where(
        fires & rests, np.maximum(rest_high, fired_high), np.where(fires, fired_high, high)
    )
    return new_low, new_high
