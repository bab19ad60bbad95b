"""One neuron, one integer at a time: docs/semantics.md, word for word."""

from dataclasses import dataclass
from typing import Any

__all__ = ["Rule", "State", "decayed", "rule_of", "step"]


@dataclass
class Rule:
    """What a neuron does. kind, decay, reset: the document's words."""

    kind: str
    decay: str
    amount: int
    reset: str
    threshold: int
    bias: int


@dataclass
class State:
    """Potential, sum of sums (of the rel_psp kinds), whether it is held."""

    v: int
    a: int = 0
    held: bool = False


def rule_of(population: Any, i: int) -> Rule:
    """The rule of neuron i of a population of a Network."""
    p = population
    return Rule(str(p.kind), str(p.decay.kind), p.decay.amount, str(p.reset),
                int(p.threshold[i]), int(p.bias[i]))  # fmt: skip


def decayed(v: int, decay: str, amount: int) -> int:
    """Floor division in place of shifts: both round towards minus infinity."""
    if decay == "none":
        return v
    if decay == "shift":
        return v - v // 2**amount
    if decay == "halve":
        return v // 2**amount
    if decay == "clear":
        return 0
    raise ValueError(decay)


def step(rule: Rule, state: State, total: int, bits: int | None = None) -> tuple[bool, bool]:
    """(fired, saturated) in a tick whose weighted sum is `total`; changes `state`.

    bits: width of a potential, to which hardware saturates after the whole sum
    """
    if state.held:
        return False, False
    if rule.kind in ("rel_psp", "rel_psp_readout"):
        state.a += total
        exact = state.v + state.a + rule.bias
    else:
        exact = decayed(state.v, rule.decay, rule.amount) + total + rule.bias
    u = exact
    if bits is not None:
        u = max(-(2 ** (bits - 1)), min(exact, 2 ** (bits - 1) - 1))
    fires = rule.kind in ("threshold", "rel_psp") and u >= rule.threshold
    state.v = u
    if fires and (rule.kind == "rel_psp" or rule.reset == "once"):
        state.held = True
    elif fires and rule.reset == "zero":
        state.v = 0
    elif fires and rule.reset == "subtract":
        state.v = u - rule.threshold
    return fires, u != exact
