"""A chip that stays alive, wherever it is: programmed, run tick by tick, looked into."""

from .chip import LiveChip

__all__ = ["LiveChip"]
