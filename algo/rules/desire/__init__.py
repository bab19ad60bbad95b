"""Desire backpropagation (Gerlinghoff et al. 2023): in floats, and in integers only."""

from .floating import Desire
from .integer import DesireInteger

__all__ = ["Desire", "DesireInteger"]
