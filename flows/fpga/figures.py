"""What a build came to: resources, clock, critical path, speed."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from .build import NETLIST, Build
from .families import Family
from .names import element, module, words

__all__ = ["critical_path", "figures", "modules"]


def figures(build: Build) -> dict[str, Any]:
    """Of a design that has been placed.

    comb, ff, bram, dsp: cells in use, as nextpnr counts them (flip-flops of an iCE40, which share
    cells with logic, as Yosys does); available: how many there are; fmax_mhz: of the chip's clock,
    worst case; modules: see `modules`; critical_path: see `critical_path`
    """
    report, family = build.report(), build.family
    table = modules(build.folder / NETLIST, build.design.top, family)
    used = {ours: report["utilization"][theirs] for theirs, ours in family.kinds.items()}
    totals = {kind: sum(row[kind] for row in table) for kind in ("comb", "ff", "bram", "dsp")}
    clock, speed = min(report["fmax"].items(), key=lambda item: item[1]["achieved"])
    return {
        **totals, **{kind: int(value["used"]) for kind, value in used.items()},
        "available": {kind: int(value["available"]) for kind, value in used.items()},
        "clock_mhz": build.hz / 1e6, "fmax_mhz": round(speed["achieved"], 2),
        "timing_met": speed["achieved"] * 1e6 >= build.hz,
        "critical_path": critical_path(report["critical_paths"], clock),
        "modules": table,
    }  # fmt: skip


def modules(netlist: Path, top: str, family: Family) -> list[dict[str, Any]]:
    """Cells of each part of the design, by Yosys' netlist: equal parts are one row. Cells that
    place and route adds (ends of carry chains, write ports of LUT memories) are in no row.
    """
    cells = json.loads(netlist.read_text())["modules"][top]["cells"]
    counts: dict[str, Counter[str]] = {}
    for name, cell in cells.items():
        if kind := family.cells.get(cell["type"]):
            counts.setdefault(module(name), Counter())[kind[0]] += kind[1]
    return [
        {"module": name, **{kind: counts[name][kind] for kind in ("comb", "ff", "bram", "dsp")}}
        for name in sorted(counts)
    ]


def critical_path(paths: list[dict[str, Any]], clock: str) -> dict[str, Any]:
    """The slowest path between registers: from, to, its delay, and where it passes, with the
    delay that arises in each part, wires to it included.
    """
    (path,) = (p["path"] for p in paths if p["from"] == p["to"] == f"posedge {clock}")
    through: list[dict[str, Any]] = []
    for hop in path:
        place = words(hop["to"]["cell"])
        if not through or through[-1]["in"] != place:
            through.append({"in": place, "ns": 0.0})
        through[-1]["ns"] = round(through[-1]["ns"] + hop["delay"], 2)
    return {
        "from": element(path[0]["from"]["cell"]), "to": element(path[-1]["to"]["cell"]),
        "ns": round(sum(hop["delay"] for hop in path), 2), "through": through,
    }  # fmt: skip
