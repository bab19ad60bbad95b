"""A ChipImage against its Network."""

from typing import Any

from ..network import Network
from .crossbar_core import Core
from .crossbar_synapses import check_synapses
from .places import check_places
from .words import Arrays, Mistakes

__all__ = ["audit_crossbar"]


def audit_crossbar(
    network: Network, facts: dict[str, Any], arrays: Arrays, found: Mistakes
) -> None:
    """Add to `found` what is wrong."""
    size = facts["params"]["core"]
    cores = [Core.read(i, own, size, arrays) for i, own in enumerate(facts["cores"])]
    spikes = check_places(network, facts, arrays, cores, found)
    for core, driven in zip(cores, spikes, strict=False):
        if core.holds:
            check_synapses(network, core, driven, found)
