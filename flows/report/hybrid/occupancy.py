"""Where the weights are: bit cells of macros and synapses of crossbar cores, as on the mesh."""

from matplotlib.axes import Axes
from matplotlib.image import AxesImage

from ..crossbar.facts import core_size
from ..drawing import HEAT, INK, MUTED, Picture, figure, picture
from ..run import Run
from .facts import macro_places, macro_size

__all__ = ["draw_memories"]


def draw_memories(run: Run) -> Picture:
    """A heat map per core; of a macro rows are word lines, columns the bit lines of its banks."""
    width, height = run.mesh
    side = min(3.2, 8.6 / width)
    drawn = figure(max(4.4, side * width + 1.2), side * height * 0.94 + 0.75)
    panels = drawn.subplots(height, width, squeeze=False).ravel()
    top = float(run.figures["occupancy"].max()) or 1.0
    for place, ax in enumerate(panels):
        image = _draw(ax, run, place, top)
    bar = drawn.colorbar(image, ax=list(panels), shrink=0.9, pad=0.015, aspect=30)
    bar.set_label("bits that are 1", fontsize=9)
    bar.ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    bar.outline.set_visible(False)
    return picture(drawn, "Where the weights are", _alt(run), _caption(run))


def _draw(ax: Axes, run: Run, place: int, top: float) -> AxesImage:
    macro = place in macro_places(run)
    rows, columns = macro_size(run.evidence.chip) if macro else core_size(run.evidence.chip)
    image = ax.imshow(run.figures["occupancy"][place], cmap=HEAT, vmin=0, vmax=top, aspect="auto",
                      interpolation="none", extent=(0, columns, rows, 0))  # fmt: skip
    if macro:
        for bank in range(1, run.evidence.chip["macro"]["banks"]):
            ax.axvline(bank * run.evidence.chip["macro"]["columns"], color=MUTED, linewidth=0.6)
    used = int(run.figures["columns"][place])
    ax.set_title(_name(run, place), fontsize=9, color=INK if used else MUTED)
    ax.set_xticks([0, columns], ["0", f"{columns:,}"])
    ax.set_yticks([0, rows], ["0", f"{rows:,}"])
    ax.tick_params(length=2, pad=2)
    return image


def _name(run: Run, place: int) -> str:
    used = int(run.figures["columns"][place])
    if place in macro_places(run):
        return f"macro {place}: {used:,} neurons"
    columns = core_size(run.evidence.chip)[1]
    return f"core {place}: {used / columns:.0%} of columns" if used else f"core {place}: empty"


def _caption(run: Run) -> str:
    first, macro = run.evidence.chip["layers"][0], run.evidence.chip["macro"]
    bits = first["fan_in"] * first["channels"] * macro["weight_bits"]
    rows, columns = macro_size(run.evidence.chip)
    return (
        f"{first['name']}: {first['fan_in'] * first['channels']:,} weights of "
        f"{macro['weight_bits']} bits are {bits:,} cells, reused at {first['positions']:,} "
        f"positions; macros have {rows * columns:,} each, their banks side by side. Panels stand "
        "where the cores are on the mesh."
    )


def _alt(run: Run) -> str:
    width, height = run.mesh
    named = "; ".join(_name(run, place) for place in range(width * height))
    return f"Heat maps of memories, mesh {width} by {height}. {named}."
