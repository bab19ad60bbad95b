"""The naive model of a Network, shared by tests."""

from .network import class_of, run
from .neuron import Rule, State, decayed, rule_of, step

__all__ = ["Rule", "State", "class_of", "decayed", "rule_of", "run", "step"]
