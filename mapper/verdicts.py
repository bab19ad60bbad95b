"""Does a network fit a fabric, and if not, which layer does not and why?"""

from collections.abc import Callable
from typing import Any

from .errors import InputError
from .network import Network, Population

__all__ = ["verdicts"]


def verdicts(
    network: Network, problem: Callable[[Population], str | None], map_all: Callable[[], object]
) -> list[dict[str, Any]]:
    """Layer by layer: {"name", "fits", "reason"}; then, when all fit, a line for the chip if the
    whole does not.

    problem: why a population does not fit, or None; map_all: maps, or raises InputError
    """
    found: list[dict[str, Any]] = []
    for p in network.order():
        reason = problem(p)
        found.append({"name": p.name, "fits": reason is None, "reason": reason})
    if all(v["fits"] for v in found):
        try:
            map_all()
        except InputError as error:
            found.append({"name": "chip", "fits": False, "reason": str(error)})
    return found
