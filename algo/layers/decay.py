"""The shift decay v - (v >> k) in floats, exactly as `mapper.semantics.apply_decay`."""

from torch import Tensor

from mapper.semantics import Decay, DecayKind

from ..straight_through import floor

__all__ = ["decayed", "shift_decay"]


def shift_decay(amount: int) -> Decay:
    """Decay by v - (v >> amount); amount 0 means no decay."""
    return Decay(DecayKind.SHIFT, amount) if amount else Decay(DecayKind.NONE)


def decayed(v: Tensor, amount: int, quantized: bool) -> Tensor:
    """Potentials after the decay; the gradient is the factor 1 - 2^-amount either way.

    `quantized`: with the floor of the arithmetic shift, exact for integers below 2^24.
    """
    if not amount:
        return v
    leak = v * 2.0**-amount
    return v - (floor(leak) if quantized else leak)
