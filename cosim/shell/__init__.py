"""A chip to play with: ports, clock cycles, packets, ticks, potentials. See docs/shell.md."""

from .chip import Chip

__all__ = ["Chip"]
