"""A campaign as numbers and as a page."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .mutants import Mutant

__all__ = ["markdown", "summary"]

_FIELDS = ("file", "kind", "line", "start", "end", "old", "new")


def summary(rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Counts by verdict, and the rate: killed / (killed + survivors)."""
    verdicts = Counter(row["verdict"] for row in rows)
    killed = verdicts["failed"] + verdicts["broken"] + verdicts["timeout"]
    counted = killed + verdicts["passed"]
    return {"killed": killed, "failed": verdicts["failed"], "broken": verdicts["broken"],
            "timeout": verdicts["timeout"], "equivalent": verdicts["equivalent"],
            "survivors": verdicts["passed"],
            "rate": round(killed / counted, 4) if counted else None}  # fmt: skip


def markdown(report: dict[str, Any], root: Path) -> str:
    """Tables by file and by kind, and every survivor with its diff."""
    rows = report["rows"]
    parts = ", ".join(report["parts"])
    head = (
        f"{report['sample']} of {report['mutants']} mutants of {parts}, seed {report['seed']}: "
        f"{report['killed']} killed, {report['equivalent']} equivalent, "
        f"{report['survivors']} survivors, rate {_percent(report['rate'])}\n"
    )
    sections = [head, _table("file", rows), _table("kind", rows)]
    survivors = [row for row in rows if row["verdict"] == "passed"]
    return "\n".join(sections + [_survivor(row, root) for row in survivors])


def _percent(rate: float | None) -> str:
    return "-" if rate is None else f"{100 * rate:.1f} %"


def _table(key: str, rows: list[dict[str, Any]]) -> str:
    columns = ("failed", "broken", "timeout", "equivalent", "survivors")
    lines = [f"| {key} | mutants | {' | '.join(columns)} | rate |", "|---" * 8 + "|"]
    for name in sorted({row[key] for row in rows}):
        mine = [row for row in rows if row[key] == name]
        found = summary(mine)
        counts = " | ".join(str(found[c]) for c in columns)
        lines.append(f"| `{name}` | {len(mine)} | {counts} | {_percent(found['rate'])} |")
    return "\n".join(lines) + "\n"


def _survivor(row: dict[str, Any], root: Path) -> str:
    mutant = Mutant(**{field: row[field] for field in _FIELDS})
    source = (root / mutant.file).read_text()
    head = f"`{mutant.file}:{mutant.line}` {mutant.kind}, {row['key']}"
    try:
        return f"{head}\n\n```diff\n{mutant.diff(source)}\n```\n"
    except AssertionError:  # the file is another one now
        return f"{head}\n\n`{mutant.old}` -> `{mutant.new}`\n"
