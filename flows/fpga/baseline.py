"""Figures of earlier builds, by the versions of the tools, and what has become worse since."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mapper.files import read_json

__all__ = ["known_figures", "record", "regressions"]

_FILE = Path(__file__).with_name("baselines.json")
_MORE_IS_BETTER = "fmax_mhz"


def known_figures(tools: Mapping[str, str], design: str) -> dict[str, float] | None:
    """Those of a design (such as "crossbar tiny, 1x1 on ulx3s-85f") made with tools of the same
    versions, {"synthesis": ..., "place": ...}; None when nobody has recorded any.
    """
    for entry in read_json(_FILE, "baselines")["builds"]:
        if entry["design"] == design and entry["tools"].items() <= tools.items():
            return dict(entry["figures"])
    return None


def regressions(known: Mapping[str, float], now: Mapping[str, Any]) -> Iterator[str]:
    """A sentence per figure that is worse than the known one by more than its tolerance."""
    tolerances = read_json(_FILE, "baselines")["tolerances"]
    for name, before in known.items():
        allowed, worse = before * tolerances[name], now[name] - before
        if name == _MORE_IS_BETTER:
            worse = -worse
        if worse > allowed:
            yield f"{name}: {now[name]} where it was {before}, more than {tolerances[name]:.0%} off"


def record(report: Mapping[str, Any]) -> dict[str, Any]:
    """The entry of a build among the baselines, from its report."""
    tools = {step: report["tools"][step] for step in ("synthesis", "place")}
    figures = {name: report[name] for name in read_json(_FILE, "baselines")["tolerances"]}
    return {"design": report["design"], "tools": tools, "figures": figures}
