"""How full the PEs are, where they are on the mesh."""

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from ..drawing import HEAT, INK, MUTED, Picture, bare, figure, picture
from ..run import Run

__all__ = ["draw_pes"]

_EDGE = 0.05  # between PEs, of the side of one
_LONG = 15  # characters that fit above a box
_HEAD = 0.36  # of a PE's height, for its name


def draw_pes(run: Run) -> Picture:
    """A box per PE: its layer, its neurons, and its weight memory, line by line."""
    width, height = run.mesh
    side = min(1.7, 8.6 / width)
    drawn = figure(max(4.4, side * width + 1.0), side * height + 0.25)
    ax = bare(drawn.subplots())
    ax.set(xlim=(0, width), ylim=(height, 0), xticks=[], yticks=[], aspect="equal")
    for core in range(width * height):
        _draw_pe(ax, run, core)
    bar = drawn.colorbar(ax.images[0], ax=ax, shrink=0.6, pad=0.015, aspect=30)
    bar.set_label("weights that are not 0", fontsize=9)
    bar.ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    bar.outline.set_visible(False)
    return picture(drawn, "Where the neurons and weights are", _alt(run), _caption(run))


def _draw_pe(ax: Axes, run: Run, core: int) -> None:
    y, x = divmod(core, run.mesh[0])
    left, right, top, bottom = x + _EDGE, x + 1 - _EDGE, y + _HEAD, y + 1 - _EDGE
    ax.imshow(run.figures["occupancy"][core], cmap=HEAT, vmin=0, vmax=1, aspect="equal",
              interpolation="none", extent=(left, right, bottom, top))  # fmt: skip
    ax.add_patch(Rectangle((left, top), right - left, bottom - top, fill=False,
                           edgecolor=MUTED, linewidth=0.5))  # fmt: skip
    neurons = int(run.figures["columns"][core])
    name = f"{core} {_layer(run, core)}"
    name = name if len(name) <= _LONG else f"{name[: _LONG - 1]}…"
    ax.text(left, y + 0.15, name, fontsize=7.5, va="center", color=INK if neurons else MUTED)
    if neurons:
        ax.text(left, y + 0.28, f"{neurons} neurons", fontsize=6.5, va="center", color=MUTED)


def _layer(run: Run, core: int) -> str:
    index = int(run.figures["population"][core])
    return run.evidence.chip["layers"][index]["name"] if index >= 0 else "empty"


def _caption(run: Run) -> str:
    core = run.evidence.chip["core"]
    return (f"Each box is a PE's memory of {core['weights']:,} weights, in 8 lines from top "
            f"to bottom; a tile averages {core['weights'] // 64:,} of them. A PE has room for "
            f"{core['neurons']:,} neurons.")  # fmt: skip


def _alt(run: Run) -> str:
    width, height = run.mesh
    neurons, filled = run.figures["columns"], run.figures["occupancy"].mean(axis=(1, 2))
    cores = "; ".join(
        f"PE {i}: {_layer(run, i)}, {n} neurons, {f:.0%} of weights not 0"
        for i, (n, f) in enumerate(zip(neurons[:16], filled[:16], strict=True))
    )
    more = f"; and {len(neurons) - 16} more" if len(neurons) > 16 else ""
    return f"Mesh of PEs, {width} by {height}. {cores}{more}."
