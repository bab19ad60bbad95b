"""A sweep as a picture: accuracy against energy, or against a sigma of noise."""

from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mapper.files import atomic_file

__all__ = ["draw_sweep"]

PICTURE = "macro.png"
_LABELLED = 40  # points beyond which only the best are labelled


def draw_sweep(table: list[dict[str, Any]], title: str, folder: Path) -> None:
    """Write macro.png, of the rows of one or several networks: curves with bands from the worst to
    the best seed where one sigma has several values, else the points and the line of those that no
    other one beats.
    """
    figure = Figure(figsize=(7.5, 5), layout="constrained")
    FigureCanvasAgg(figure)  # no display, no pyplot state
    axes = figure.add_subplot()
    axes.set(title=title, ylabel="accuracy (%)")
    axes.grid(alpha=0.3)
    sigmas = _swept(table)
    if sigmas:
        _draw_curves(axes, table, sigmas)
    else:
        _draw_pareto(axes, table)
    with atomic_file(folder / PICTURE) as temporary:
        figure.savefig(temporary, format="png", dpi=120)


def _swept(table: list[dict[str, Any]]) -> list[str]:
    """The keys as typed that set noise and have several values."""
    keys = [key for key in table[0]["changes"] if key.startswith("noise.")]
    return [key for key in keys if len({row["changes"][key] for row in table}) > 1]


def _draw_curves(axes: Axes, table: list[dict[str, Any]], sigmas: list[str]) -> None:
    key, *_ = sigmas
    curves: dict[str, list[dict[str, Any]]] = {}
    for row in table:
        others = [row["network"]]
        others += [f"{k}={v}" for k, v in row["changes"].items() if k != key]
        curves.setdefault(" ".join(others), []).append(row)
    for label, rows in curves.items():
        x = [row["changes"][key] for row in rows]
        (line,) = axes.plot(x, [100 * row["accuracy"] for row in rows], "o-", label=label)
        low, high = ([100 * row[end] for row in rows] for end in ("min", "max"))
        axes.fill_between(x, low, high, color=line.get_color(), alpha=0.2, linewidth=0)
    axes.set(xlabel=f"sigma of {key.replace('noise.', '')}")
    if len(curves) > 1:
        axes.legend()


def _draw_pareto(axes: Axes, table: list[dict[str, Any]]) -> None:
    axes.set(xlabel="energy of the first layer as counted (nJ per sample)")
    axes.plot([r["energy"] for r in table], [100 * r["accuracy"] for r in table], "o", alpha=0.5)
    best = sorted((r for r in table if r["pareto"]), key=lambda r: r["energy"])
    axes.plot([r["energy"] for r in best], [100 * r["accuracy"] for r in best], "o-",
              label="no other combination beats them")  # fmt: skip
    several = len({row["network"] for row in table}) > 1
    for row in table if len(table) <= _LABELLED else best:
        values = ", ".join([row["network"]] * several + [*map(str, row["changes"].values())])
        axes.annotate(values, (row["energy"], 100 * row["accuracy"]), xytext=(4, -10),
                      textcoords="offset points", fontsize=7, rotation=-30)  # fmt: skip
    axes.legend(title=f"labels: {', '.join(table[0]['changes'])}", loc="lower right")
