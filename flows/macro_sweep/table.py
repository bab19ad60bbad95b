"""What a sweep found: a row per combination, and which of them no other one beats."""

import statistics
from pathlib import Path
from typing import Any

from algo.settings import describe
from mapper.files import atomic_file, write_json

from .point import Point

__all__ = ["rows_of", "sweep_table", "write_table"]

TABLE, PAGE = "macro.json", "macro.md"
_FACTS = ("accuracy", "conversions", "clipped", "energy")


def sweep_table(
    network: str, points: list[Point], found: list[dict[str, float]]
) -> list[dict[str, Any]]:
    """A row per combination: "network", as given, "settings", "changes", "sigmas", "seeds", means
    of what `run_point` gives, "std", "min" and "max" of the accuracy, and "pareto": no other
    combination under the same noise is at least as accurate for less energy, or more accurate for
    as much.
    """
    table = []
    for label in dict.fromkeys(describe(p.changes) for p in points):
        mine = [i for i, p in enumerate(points) if describe(p.changes) == label]
        accuracies = [found[i]["accuracy"] for i in mine]
        row: dict[str, Any] = {
            "network": network,
            "settings": label,
            "changes": points[mine[0]].changes,
            "sigmas": points[mine[0]].sigmas,
            "seeds": len(mine),
        }
        row |= {n: statistics.fmean(found[i][n] for i in mine) for n in _FACTS}
        row |= {"std": statistics.stdev(accuracies) if len(mine) > 1 else None,
                "min": min(accuracies), "max": max(accuracies)}  # fmt: skip
        table.append(row)
    for row in table:
        row["pareto"] = not any(_beats(other, row) for other in table)
    return table


def _beats(a: dict[str, Any], b: dict[str, Any]) -> bool:
    if a["sigmas"] != b["sigmas"]:
        return False
    better = (a["accuracy"] - b["accuracy"], b["energy"] - a["energy"])
    return min(better) >= 0 and max(better) > 0


def rows_of(table: list[dict[str, Any]]) -> list[dict[str, str]]:
    """For people; of noise the mean, standard deviation and range over the seeds. The Pareto front
    is that of one noise.
    """
    one_noise, rows = all(row["sigmas"] == table[0]["sigmas"] for row in table), []
    several = len({row["network"] for row in table}) > 1
    for row in table:
        spread = "" if row["std"] is None else f" ± {100 * row['std']:.2f}"
        span = "" if row["std"] is None else f"{100 * row['min']:.2f}..{100 * row['max']:.2f}"
        network = {"network": row["network"]} if several else {}
        rows.append(network | {
            "settings": row["settings"] or "as the core",
            "accuracy, %": f"{100 * row['accuracy']:.2f}{spread}",
            "min..max": span,
            "conversions": f"{row['conversions']:,.0f}",
            "clipped": f"{row['clipped']:.2%}",
            "energy, nJ": f"{row['energy']:.3f}",
        } | ({"pareto": "*" if row["pareto"] else ""} if one_noise else {}))  # fmt: skip
    return rows


def write_table(facts: dict[str, Any], folder: Path) -> None:
    """macro.json, and macro.md: its "points" as a table. facts: what the command prints."""
    write_json(folder / TABLE, facts)
    found = rows_of(facts["points"])
    cells = [[*found[0]], ["---"] * len(found[0]), *([*row.values()] for row in found)]
    lines = [f"# {', '.join(facts['networks'])} on {facts['data']}", ""]
    lines += [f"| {' | '.join(row)} |" for row in cells]
    with atomic_file(folder / PAGE) as temporary:
        temporary.write_text("\n".join(lines) + "\n")
