"""Learning rules. A new one is one file here and one line in `RULES`."""

from mapper.errors import InputError

from .base import Rule, StepResult
from .desire import Desire, DesireInteger
from .qstdb import Qstdb
from .scatter_gather import ScatterGather
from .sstdp import Sstdp
from .stbp import Stbp
from .stdbp import Stdbp

__all__ = ["RULES", "Rule", "StepResult", "find_rule"]

RULES: dict[str, type[Rule]] = {
    rule.name: rule for rule in (Desire, DesireInteger, Qstdb, ScatterGather, Sstdp, Stbp, Stdbp)
}
"""Model and rule by the name that recipes use."""


def find_rule(name: object) -> type[Rule]:
    """Look a rule up; InputError lists the known ones."""
    if not isinstance(name, str) or name not in RULES:
        raise InputError(f"unknown rule {name!r}; known: {', '.join(RULES)}")
    return RULES[name]
