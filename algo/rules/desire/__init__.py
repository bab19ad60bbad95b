"""Desire backpropagation (Gerlinghoff et al. 2023): in floats, and in integers only."""

from .floating import Desire

__all__ = ["Desire"]
