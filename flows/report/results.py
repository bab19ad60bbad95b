"""Pictures of what came out: classes against labels, and clock cycles."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from sklearn.metrics import confusion_matrix

from .drawing import ACCENT, ALARM, INK, MUTED, TINT, Picture, bare, figure, picture
from .run import Run

__all__ = ["draw_confusion", "draw_cycles"]

_READABLE = 26  # classes up to which cells have room for numbers


def draw_confusion(run: Run) -> Picture | None:
    """Labels against the hardware's classes; None when there are no labels."""
    labels, classes = run.figures.get("labels"), run.figures["classes"]
    if labels is None:
        return None
    names = list(range(int(max(labels.max(), classes.max(), 1)) + 1))
    counts = confusion_matrix(labels, classes, labels=names)
    side = min(7.0, max(3.2, 1.0 + 0.42 * len(names)))
    drawn = figure(side, side * 0.94)
    ax = drawn.subplots()
    rows = counts.sum(axis=1, keepdims=True)
    ax.imshow(counts / np.maximum(rows, 1), cmap=TINT, vmin=0, vmax=1, interpolation="none")
    _cells(ax, counts)
    right, total = int(np.trace(counts)), int(counts.sum())
    return picture(
        drawn, "Labels and decisions",
        f"Confusion matrix of {len(names)} classes: {right} of {total} samples right. "
        + _confused(counts),
        f"{right:,} of {total:,} right. {_confused(counts)}",
    )  # fmt: skip


def _cells(ax: Axes, counts: np.ndarray) -> None:
    n = len(counts)
    if n <= _READABLE:
        for (row, column), count in np.ndenumerate(counts):
            if count:
                ax.text(column, row, f"{count}", ha="center", va="center", fontsize=8,
                        color=INK if row == column else ALARM,
                        fontweight="normal" if row == column else "bold")  # fmt: skip
        ax.set_xticks(range(n))
        ax.set_yticks(range(n))
    ax.set_xticks(np.arange(n + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(n + 1) - 0.5, minor=True)
    ax.grid(which="minor", color=MUTED, linewidth=0.3, alpha=0.5)
    ax.tick_params(which="both", length=0)
    bare(ax).set(xlabel="the hardware's class", ylabel="label")


def _confused(counts: np.ndarray) -> str:
    """The most frequent mistake, in words."""
    wrong = counts - np.diag(np.diag(counts))
    if not wrong.any():
        return "No mistakes."
    label, guess = np.unravel_index(int(wrong.argmax()), wrong.shape)
    times = "once" if wrong.max() == 1 else f"{wrong.max()} times"
    return f"Most frequent mistake: {label} taken for {guess}, {times}."


def draw_cycles(run: Run) -> Picture | None:
    """Histogram of clock cycles per sample; None when nobody counted them."""
    cycles = run.figures["cycles"].sum(axis=1)
    if not cycles.size or not cycles.any():
        return None
    drawn = figure(5.2, 4.7)
    ax = drawn.subplots()
    ax.hist(cycles, bins=_bins(cycles), color=ACCENT, alpha=0.85, edgecolor="none")
    mean = float(cycles.mean())
    ax.axvline(mean, color=ALARM, linewidth=1.5)
    late = mean > (cycles.min() + cycles.max()) / 2
    ax.annotate(f"mean {mean:,.1f}", (mean, 1), xycoords=("data", "axes fraction"), color=ALARM,
                xytext=(-6 if late else 6, -4), textcoords="offset points", va="top",
                ha="right" if late else "left", fontweight="bold")  # fmt: skip
    bare(ax, "bottom", "left").set(xlabel="clock cycles per sample", ylabel="samples")
    ax.margins(y=0.22)
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    ax.xaxis.set_major_locator(MaxNLocator(7, integer=True))
    ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    text = (f"{len(cycles):,} samples: {cycles.min():,} to {cycles.max():,} cycles, "
            f"mean {mean:,.1f}.")  # fmt: skip
    return picture(drawn, "How long a sample takes", f"Histogram. {text}", text)


def _bins(cycles: np.ndarray) -> list[float]:
    """Edges between integers, at most 40 bins, of whole cycles each."""
    low, high = int(cycles.min()), int(cycles.max())
    step = max(1, -(-(high - low + 1) // min(40, max(5, len(cycles)))))
    return [edge - 0.5 for edge in range(low, high + step + 1, step)]
