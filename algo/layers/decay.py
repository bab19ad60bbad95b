"""Membrane decay in floats, exactly as `mapper.semantics.apply_decay`, fixed or trained."""

import torch
from torch import Tensor, nn

from mapper.errors import InputError
from mapper.semantics import MAX_DECAY_AMOUNT, Decay, DecayKind

from ..straight_through import floor, replace_value

__all__ = [
    "HARDWARE_DECAYS",
    "TRAINED",
    "Leak",
    "check_decay",
    "decayed",
    "nearest_decay",
    "parse_decay",
    "shift_decay",
]

TRAINED = "trained"
"""In place of a decay's name in a recipe: the leak is a parameter."""

INITIAL_LEAK = 0.9

_AMOUNTS = range(1, MAX_DECAY_AMOUNT + 1)
HARDWARE_DECAYS = (
    Decay(DecayKind.NONE),
    Decay(DecayKind.CLEAR),
    *(Decay(kind, amount) for amount in _AMOUNTS for kind in (DecayKind.SHIFT, DecayKind.HALVE)),
)
"""All that a neuron core can do. Shift 1 and halve 1 have the same factor; shift comes first."""


def parse_decay(text: str) -> Decay:
    """ "none", "clear", "shift 3", "halve 2": a decay of the hardware. InputError for others."""
    kind, _, amount = text.partition(" ")
    if not amount.isdecimal() and amount:
        raise InputError(f"decay {text!r}: expected none, clear, shift 1..7 or halve 1..7")
    return Decay(kind, int(amount or 0))  # type: ignore[arg-type]  # checked there


def shift_decay(amount: int) -> Decay:
    """Decay by v - (v >> amount); amount 0 means no decay."""
    return Decay(DecayKind.SHIFT, amount) if amount else Decay(DecayKind.NONE)


def check_decay(text: str) -> str:
    """`text` if it is "trained" or what `parse_decay` reads; InputError otherwise."""
    if text != TRAINED:
        parse_decay(text)
    return text


def nearest_decay(factor: float) -> Decay:
    """The decay whose leak factor is nearest to `factor`."""
    return min(HARDWARE_DECAYS, key=lambda decay: abs(decay.factor - factor))


def decayed(v: Tensor, decay: Decay, quantized: bool) -> Tensor:
    """Potentials after the decay; the gradient is its factor either way.

    `quantized`: with the floor of the arithmetic shift, exact for integers below 2^24.
    """
    if decay.kind == DecayKind.NONE:
        return v
    if not quantized or decay.kind == DecayKind.CLEAR:
        return v * decay.factor
    part = floor(v * 2.0**-decay.amount)
    return v - part if decay.kind == DecayKind.SHIFT else part


class Leak(nn.Module):
    """The decay of a layer's neurons: fixed, or a trained factor that lands on the hardware's.

    factor: 0-dimensional, in 0..1. A parameter if trained: the forward pass then uses the nearest
            decay of the hardware, and the gradient is passed straight through to `factor`
    """

    factor: Tensor

    def __init__(self, decay: str) -> None:
        super().__init__()
        self._fixed = None if decay == TRAINED else parse_decay(decay)
        if self._fixed is None:
            self.factor = nn.Parameter(torch.tensor(INITIAL_LEAK))
        else:
            self.register_buffer("factor", torch.tensor(self._fixed.factor), persistent=False)

    @property
    def decay(self) -> Decay:
        """What the hardware does."""
        return self._fixed or nearest_decay(float(self.factor.detach()))

    @property
    def used(self) -> Tensor:
        """The factor of `decay`, with the gradient of `factor`."""
        return replace_value(self.factor, torch.full_like(self.factor, self.decay.factor))

    def forward(self, v: Tensor, quantized: bool) -> Tensor:
        """Potentials after the decay: v times the factor, or exactly as integers."""
        if not quantized:
            return v * self.factor
        return replace_value(v * self.used, decayed(v, self.decay, quantized))
