"""What a sweep found: mean and spread per combination of settings."""

import statistics
from pathlib import Path
from typing import Any

from mapper.files import atomic_file, write_json

from .curve import draw_curves
from .settings import describe
from .sweep import Outcome, SweepRun, read_history

__all__ = ["rows_of", "sweep_table", "write_sweep"]

ACCURACIES = ("float", "fake_quantized", "integer")
TABLE, PAGE, PICTURE = "sweep.json", "sweep.md", "sweep.png"


def sweep_table(runs: list[SweepRun], outcomes: dict[str, Outcome]) -> dict[str, Any]:
    """The sweep as one JSON object: "combinations", "runs" and "failed".

    Per combination and kind of accuracy: mean, sample standard deviation ("std", None for one
    seed), min and max over the seeds that finished, and the values in the order of the seeds.
    """
    combinations = []
    for label in dict.fromkeys(describe(run.changes) for run in runs):
        mine = [run for run in runs if describe(run.changes) == label]
        done = [(run, facts) for run in mine if (facts := outcomes[run.name].facts)]
        entry: dict[str, Any] = {
            "settings": label,
            "changes": mine[0].changes,
            "seeds": [run.recipe.seed for run, _ in done],
            "failed": len(mine) - len(done),
        }
        if done:
            entry["accuracy"] = {
                kind: spread([facts["accuracy"][kind] for _, facts in done]) for kind in ACCURACIES
            }
            for key in ("test_images", "epochs", "best_epoch", "seconds"):
                entry[key] = statistics.fmean(facts[key] for _, facts in done)
        combinations.append(entry)
    return {
        "recipe": runs[0].recipe.name,
        "combinations": combinations,
        "runs": {name: o.facts for name, o in outcomes.items() if o.facts},
        "failed": {name: o.error for name, o in outcomes.items() if o.error},
    }


def spread(values: list[float]) -> dict[str, Any]:
    """Mean, sample standard deviation (None for one value), min, max and the values."""
    return {
        "mean": statistics.fmean(values),
        "std": statistics.stdev(values) if len(values) > 1 else None,
        "min": min(values),
        "max": max(values),
        "values": values,
    }


def write_sweep(table: dict[str, Any], runs: list[SweepRun], folder: Path) -> None:
    """Write sweep.json, sweep.md and sweep.png, the learning curves, to `folder`."""
    write_json(folder / TABLE, table)
    with atomic_file(folder / PAGE) as temporary:
        temporary.write_text(markdown(table))
    curves: dict[str, list[list[dict[str, Any]]]] = {}
    for run in runs:
        if run.name in table["runs"]:
            label = describe(run.changes) or "as the recipe"
            curves.setdefault(label, []).append(read_history(folder / run.name))
    if curves:
        draw_curves(curves, table["recipe"], folder / PICTURE)


def markdown(table: dict[str, Any]) -> str:
    """The table as Markdown."""
    found = rows_of(table)
    cells = [[*found[0]], ["---"] * len(found[0]), *([*row.values()] for row in found)]
    lines = [f"# {table['recipe']}", "", *(f"| {' | '.join(row)} |" for row in cells)]
    lines += ["", "Accuracy on the test split, percent: mean ± sample standard deviation."]
    for name, error in table["failed"].items():
        lines += ["", f"Failed: `{name}`: {error}"]
    return "\n".join(lines) + "\n"


def rows_of(table: dict[str, Any]) -> list[dict[str, str]]:
    """The table for people, a row per combination; accuracies in percent."""
    rows = []
    for entry in table["combinations"]:
        failed = f" ({entry['failed']} failed)" if entry["failed"] else ""
        row = {
            "settings": entry["settings"] or "as the recipe",
            "seeds": (", ".join(map(str, entry["seeds"])) or "none") + failed,
        }
        accuracy = entry.get("accuracy", {})
        for kind in ACCURACIES:
            name = {"fake_quantized": "fake-quantized", "integer": "integers"}.get(kind, kind)
            row[name] = _percent(accuracy[kind]) if accuracy else ""
        integer = accuracy.get("integer")
        row["min..max"] = f"{_100(integer['min'])}..{_100(integer['max'])}" if integer else ""
        for name, key in (("epochs", "epochs"), ("s per run", "seconds")):
            row[name] = f"{entry[key]:.0f}" if accuracy else ""
        rows.append(row)
    return rows


def _percent(values: dict[str, Any]) -> str:
    deviation = "" if values["std"] is None else f" ± {_100(values['std'])}"
    return _100(values["mean"]) + deviation


def _100(value: float) -> str:
    return f"{100 * value:.2f}"
