"""Is a chip image the Network, all of it and nothing else?

Reads an image's facts and arrays as docs/chipimage.md describes them, bit by bit. Nothing here
imports anything of the compilers, the images or the layouts (`tests/test_arrows.py` sees to it),
so that one mistake cannot hide in both.
"""

from typing import Any

from ..errors import InputError
from ..network import Network
from .crossbar import audit_crossbar
from .grid import audit_grid
from .hybrid import audit_hybrid
from .words import Arrays, Mistakes

__all__ = ["Mistakes", "audit"]

_AUDITS = {"crossbar": audit_crossbar, "hybrid": audit_hybrid, "yoso": audit_grid}


def audit(network: Network, facts: dict[str, Any], arrays: Arrays) -> Mistakes:
    """What is wrong, by kind, with an image that loads; no mistakes if it is the Network.

    facts, arrays: content of its chip.json and memories.npz. InputError for a fabric whose images
    nothing here can read.
    """
    fabric = facts["fabric"]
    if fabric not in _AUDITS:
        raise InputError(f"no audit knows fabric {fabric!r}; known: {', '.join(_AUDITS)}")
    found = Mistakes()
    expected = [(p.name, tuple(p.shape), not p.kind.endswith("readout"))
                for p in network.populations]  # fmt: skip
    placed = [(p["name"], tuple(p["shape"]), p["spiking"]) for p in facts["populations"]]
    if sorted(expected) != sorted(placed):
        found.add("foreign network", "the chip holds populations (name, shape, whether they spike) "
                  f"{placed}, the Network {expected}")  # fmt: skip
        return found
    for name, right in (
        ("network_ticks", network.ticks), ("input_shape", list(network.input_shape)),
        ("output", network.output), ("decision", network.decision), ("encoding", network.encoding),
    ):  # fmt: skip
        if facts[name] != right:
            found.add("foreign network", f"{name} is {facts[name]!r}, the Network's {right!r}")
    if not found:
        _AUDITS[fabric](network, facts, arrays, found)
    return found
