"""When neurons fire, over all samples, and how much of it the decision waits for."""

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from ..drawing import ACCENT, ALARM, MUTED, Picture, bare, figure, picture
from ..run import Run
from .exits import first_spikes

__all__ = ["draw_firing"]

Ints = npt.NDArray[np.int64]


def draw_firing(run: Run) -> Picture | None:
    """Spikes per tick of input and layers; None for Evidence that does not tell of all samples."""
    first = first_spikes(run)
    if first is None:
        return None
    names = ["input", *run.populations]
    drawn = figure(8.6, 1.25 * len(names) + 0.5)
    axes = drawn.subplots(len(names), 1, sharex=True, squeeze=False).ravel()
    for ax, name in zip(axes, names, strict=True):
        _bars(ax, run.figures[f"counts/{name}"], first)
        ax.set_title(_title(run, name, first))
    _decision(axes, first, run.ticks)
    axes[-1].set(xlabel="tick", xlim=(-0.6, run.ticks - 0.4))
    axes[-1].xaxis.set_major_locator(MaxNLocator(16, integer=True))
    drawn.supylabel("spikes per sample", fontsize=9, color=MUTED)
    alt = " ".join(f"{_title(run, name, first)}." for name in names)
    return picture(drawn, "When neurons fire", f"Spikes per tick. {alt}", _caption(run, first))


def _until(counts: Ints, first: Ints) -> Ints:
    """The spikes of each sample up to the tick of its first output spike."""
    return counts * (np.arange(counts.shape[1]) <= first[:, None])


def _bars(ax: Axes, counts: Ints, first: Ints) -> None:
    ticks = range(counts.shape[1])
    early, all_ = _until(counts, first).mean(axis=0), counts.mean(axis=0)
    ax.bar(ticks, early, color=ACCENT, width=0.8)
    ax.bar(ticks, all_ - early, bottom=early, color=MUTED, alpha=0.45, width=0.8)
    bare(ax, "left", "bottom").set_ylim(0, 1.12 * float(all_.max()) or 1.0)
    ax.yaxis.set_major_locator(MaxNLocator(3))


def _decision(axes: npt.NDArray, first: Ints, ticks: int) -> None:
    """A line through all panels where the output first fires, on average."""
    fired = first[first < ticks]
    if not fired.size:
        return
    mean = float(fired.mean())
    for ax in axes:
        ax.axvline(mean, color=ALARM, linewidth=1.5)
    late = mean > ticks / 2
    axes[0].annotate(
        f"first output spike, mean {mean:.1f}", (mean, 1), xycoords=("data", "axes fraction"),
        xytext=(-6 if late else 6, -2), textcoords="offset points", va="top",
        ha="right" if late else "left", color=ALARM, fontweight="bold",
    )  # fmt: skip


def _title(run: Run, name: str, first: Ints) -> str:
    """How many neurons fire, and how many of them by the decision."""
    counts = run.figures[f"counts/{name}"]
    spikes = run.figures["input" if name == "input" else f"spikes/{name}"]
    n = spikes.shape[1]
    ever, early = counts.sum(axis=1).mean(), _until(counts, first).sum(axis=1).mean()
    text = f"{name}: {ever:,.1f} of {n:,} fire ({ever / n:.1%})"
    return f"{text}, {early:,.1f} by the first output spike ({early / n:.1%})" \
        if (first < run.ticks).any() else text  # fmt: skip


def _caption(run: Run, first: Ints) -> str:
    fired = first[first < run.ticks]
    about = f"Mean of {len(first):,} samples."
    if not fired.size:
        return f"{about} The output does not fire."
    silent = len(first) - len(fired)
    rest = f"; {silent:,} samples have none" if silent else ""
    return (f"{about} Blue: up to the tick of the sample's first output spike; grey: later. The "
            f"first output spike comes at tick {fired.min()} to {fired.max()}, "
            f"on average {fired.mean():.2f}{rest}.")  # fmt: skip
