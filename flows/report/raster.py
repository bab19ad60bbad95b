"""One sample on its way through all layers, tick by tick."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from .drawing import ACCENT, ALARM, INK, MUTED, TINT, Picture, bare, figure, picture
from .run import Run

__all__ = ["draw_raster"]

_SAMPLE = 0  # the one that Evidence keeps
_MANY = 4000  # marks beyond which a bitmap is smaller than vectors


def draw_raster(run: Run) -> Picture:
    """Input, populations and readout, stacked, of the sample that Evidence keeps."""
    layers, ticks = _layers(run), run.ticks
    heights = [_height(spikes, ticks) for _, spikes in layers] + [1.5]
    drawn = figure(8.6, sum(heights) + 0.34 * len(heights) + 0.3)
    axes = drawn.subplots(len(heights), 1, gridspec_kw={"height_ratios": heights})
    for ax, (name, spikes) in zip(axes, layers, strict=False):
        _panel(spikes)(ax, spikes)
        ax.set_title(_count(name, spikes, ticks))
    (_lines if _every_tick(run) else _bars)(axes[-1], run)
    axes[-1].set_title(f"{run.populations[-1]}: {_potentials(run)}")
    if ticks > 1:
        _time_axis(axes if _every_tick(run) else axes[:-1], ticks)
    return picture(drawn, "One sample through all layers", _alt(run), _caption(run))


def _every_tick(run: Run) -> bool:
    """Whether there are potentials of several ticks, and not of the last one only."""
    return len(run.figures[f"potentials/{run.populations[-1]}"]) > 1


def _potentials(run: Run) -> str:
    if _every_tick(run):
        return "membrane potential"
    return "membrane potentials" if run.ticks == 1 else "final membrane potentials"


def _time_axis(axes: npt.NDArray, ticks: int) -> None:
    """One axis for all panels, labelled below the last."""
    for ax in axes:
        ax.set_xlim(-0.6, ticks - 0.4)
        ax.xaxis.set_major_locator(MaxNLocator(16, integer=True))
        ax.tick_params(labelbottom=ax is axes[-1])
    axes[-1].set_xlabel("tick")


def _layers(run: Run) -> list[tuple[str, npt.NDArray]]:
    """(name, spikes (ticks, n)) of all that may spike; a silent readout is left out."""
    found = [("input", run.figures["input"])]
    found += [(name, run.figures[f"spikes/{name}"]) for name in run.populations]
    last = found.pop()
    return [*found, last] if last[1].any() else found


def _panel(spikes: npt.NDArray) -> Callable[[Axes, npt.NDArray], None]:
    if spikes.dtype != bool:
        return _values
    return _strip if len(spikes) == 1 else _raster


def _values(ax: Axes, values: npt.NDArray) -> None:
    """A directly coded input: the darker, the larger; the same at every tick."""
    ticks, n = values.shape
    ax.imshow(values.T, cmap=TINT, vmin=0, vmax=max(1, int(values.max())), aspect="auto",
              interpolation="none", extent=(-0.5, ticks - 0.5, n - 0.5, -0.5))  # fmt: skip
    bare(ax, "left", "bottom").set(ylabel="input")
    ax.yaxis.set_major_locator(MaxNLocator(3, integer=True))


def _height(spikes: npt.NDArray, ticks: int) -> float:
    """Inches for one layer."""
    return 0.42 if ticks == 1 else min(2.2, max(0.6, spikes.shape[1] * 0.012))


def _count(name: str, spikes: npt.NDArray, ticks: int) -> str:
    n, total = spikes.shape[1], int(spikes.sum())
    if spikes.dtype != bool:
        used = int(spikes.any(axis=0).sum())
        return f"{name}: {n:,} values, {used:,} of them not 0, the same at every tick"
    if ticks == 1:
        return f"{name}: {total:,} of {n:,} fired ({total / n:.0%})"
    return f"{name}: {total:,} spikes, {int(spikes.any(axis=0).sum()):,} of {n:,} neurons fired"


def _strip(ax: Axes, spikes: npt.NDArray) -> None:
    """One tick: a bar code, one bar per neuron that fired."""
    n = spikes.shape[1]
    fired = np.flatnonzero(spikes[0])
    ax.vlines(fired + 0.5, 0, 1, color=ACCENT, linewidth=max(0.5, min(6.0, 480 / n)),
              rasterized=len(fired) > _MANY)  # fmt: skip
    bare(ax, "bottom").set(xlim=(0, n), ylim=(0, 1), yticks=[])
    ax.xaxis.set_major_locator(MaxNLocator(10, integer=True))


def _raster(ax: Axes, spikes: npt.NDArray) -> None:
    """Several ticks: one dash per spike, a tick wide."""
    ticks, neurons = np.nonzero(spikes)
    n = spikes.shape[1]
    line = max(0.7, min(5.0, _height(spikes, len(spikes)) * 50 / n))
    ax.hlines(neurons, ticks - 0.42, ticks + 0.42, color=ACCENT, linewidth=line,
              rasterized=len(ticks) > _MANY)  # fmt: skip
    bare(ax, "left", "bottom").set(ylim=(n - 0.5, -0.5), ylabel="neuron")
    ax.yaxis.set_major_locator(MaxNLocator(3, integer=True))


def _marked(run: Run) -> tuple[int, int | None]:
    """The class that hardware decided for, and the label when there is one."""
    labels = run.figures.get("labels")
    return (int(run.figures["classes"][_SAMPLE]),
            None if labels is None else int(labels[_SAMPLE]))  # fmt: skip


def _bars(ax: Axes, run: Run) -> None:
    values = run.figures[f"potentials/{run.populations[-1]}"][-1]
    chosen, label = _marked(run)
    colors = [ACCENT if i == chosen else ALARM if i == label else MUTED for i in range(len(values))]
    bars = ax.bar(range(len(values)), values, color=colors, width=0.72)
    if len(values) <= 24:
        ax.bar_label(bars, [f"{v:,}" for v in values], fontsize=8, padding=2, color=INK)
        ax.set_xticks(range(len(values)))
        ax.margins(y=0.18)
    bare(ax, "bottom").set(xlabel="neuron of the readout", yticks=[])
    ax.axhline(0, color=MUTED, linewidth=0.7)


def _lines(ax: Axes, run: Run) -> None:
    values = run.figures[f"potentials/{run.populations[-1]}"]
    chosen, label = _marked(run)
    for other in range(values.shape[1]):
        if other not in (chosen, label):
            ax.plot(values[:, other], color=MUTED, linewidth=0.8, alpha=0.6)
    marked: tuple[tuple[int | None, str], ...] = ((label, ALARM), (chosen, ACCENT))
    for i, color in marked:
        if i is not None and i < values.shape[1]:
            ax.plot(values[:, i], color=color, linewidth=2, marker="o", markersize=3.5)
            ax.annotate(f" {i}", (len(values) - 1, values[-1, i]), color=color, va="center",
                        fontsize=10, fontweight="bold", xytext=(4, 0),
                        textcoords="offset points", annotation_clip=False)  # fmt: skip
    bare(ax, "left", "bottom").set(ylabel="potential")
    ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))


def _caption(run: Run) -> str:
    chosen, label = _marked(run)
    data = run.evidence.data
    verdict = "" if label is None else f", label {label}{' (red)' * (label != chosen)}"
    return (f"Sample {data.first + _SAMPLE} of {data.name}:{data.split}, as read back from the "
            f"hardware{verdict}; the hardware decided for {chosen} (blue).")  # fmt: skip


def _alt(run: Run) -> str:
    ticks = run.ticks
    counts = "; ".join(_count(name, spikes, ticks) for name, spikes in _layers(run))
    return f"One sample over {ticks} tick{'s' * (ticks > 1)}. {counts}. {_caption(run)}"
