"""The part of a column's CONTROL word that concerns the neuron rather than the column."""

from mapper.bits import BitLayout
from mapper.crossbar.layout import CONTROL

__all__ = ["NEURON"]

_NAMES = ("decay", "amount", "reset", "silent")

NEURON = BitLayout("neuron", tuple(f for f in CONTROL.fields if f[0] in _NAMES))
"""Decay, reset and silence."""
