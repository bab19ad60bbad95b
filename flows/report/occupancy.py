"""How full the cores are: one heat map per core, where the core is on the mesh."""

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from .drawing import DOTS, HEAT, INK, MUTED, Picture, figure, picture
from .load import Run

__all__ = ["draw_occupancy"]


def draw_occupancy(run: Run) -> Picture:
    """Synapse density of every core; rows are axons, columns are neurons."""
    width, height = run.evidence.chip["mesh"]
    density = run.figures["occupancy"]
    side = min(3.2, 8.6 / width)
    drawn = figure(max(4.4, side * width + 1.2), side * height * 0.94 + 0.75)
    panels = drawn.subplots(height, width, squeeze=False).ravel()
    image = None
    for core, ax in enumerate(panels):
        image = _draw_core(ax, run, core, float(density.max()) or 1.0)
        _label(ax, run, core)
    if image is not None:
        _scale(drawn, run, image, panels)
    return picture(drawn, "Where the synapses are", _alt(run), _caption(run))


def _draw_core(ax: Axes, run: Run, core: int, top: float) -> AxesImage:
    axons, neurons = run.core_size
    return ax.imshow(
        run.figures["occupancy"][core], cmap=DOTS if _exact(run) else HEAT, vmin=0, vmax=top,
        aspect="auto", interpolation="none", extent=(0, neurons, axons, 0),
    )  # fmt: skip


def _label(ax: Axes, run: Run, core: int) -> None:
    """Title, and numbers on the outer edges of the mesh only."""
    width, height = run.evidence.chip["mesh"]
    axons, neurons = run.core_size
    share = _share(run)[core]
    small = width > 4
    used = f"{share:.0%}" if small else f"{share:.0%} of columns"
    ax.set_title(f"{core}: {used}" if small else f"core {core}: {used}",
                 fontsize=7 if small else 9.5, color=INK if share else MUTED)  # fmt: skip
    ax.set_xticks([0, neurons], ["0", f"{neurons:,}"] if core // width == height - 1 else [])
    ax.set_yticks([0, axons], ["0", f"{axons:,}"] if core % width == 0 else [])
    ax.tick_params(length=2, pad=2)
    if not share:
        ax.text(0.5, 0.5, "empty", transform=ax.transAxes, ha="center", va="center", color=MUTED,
                fontsize=7 if small else 9)  # fmt: skip


def _scale(drawn: Figure, run: Run, image: AxesImage, panels: npt.NDArray) -> None:
    drawn.supxlabel("neurons (crossbar columns)", fontsize=9, color=MUTED)
    drawn.supylabel("axons (crossbar rows)", fontsize=9, color=MUTED)
    if _exact(run):
        return
    bar = drawn.colorbar(image, ax=list(panels), shrink=0.9, pad=0.015, aspect=30)
    bar.set_label("synapses that are on", fontsize=9)
    bar.ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    bar.outline.set_visible(False)


def _exact(run: Run) -> bool:
    """Whether Evidence keeps every synapse, and not averages."""
    return run.figures["occupancy"].shape[1:] == run.core_size


def _share(run: Run) -> npt.NDArray[np.float64]:
    return run.figures["columns"] / run.core_size[1]


def _caption(run: Run) -> str:
    axons, neurons = run.core_size
    rows, columns = run.figures["occupancy"].shape[1:]
    if _exact(run):
        return "Each dot is one synapse. Panels stand where the cores are on the mesh."
    tile = f"{axons / rows:.0f} axons × {neurons / columns:.0f} neurons"
    return f"Each tile averages about {tile}. Panels stand where the cores are on the mesh."


def _alt(run: Run) -> str:
    shares = _share(run)
    width, height = run.evidence.chip["mesh"]
    density = run.figures["occupancy"].mean(axis=(1, 2))
    cores = "; ".join(
        f"core {i}: {s:.0%} of columns used, {d:.1%} of synapses on"
        for i, (s, d) in enumerate(zip(shares[:16], density[:16], strict=True))
    )
    more = f"; and {len(shares) - 16} more" if len(shares) > 16 else ""
    return f"Heat maps of synapse density, mesh {width} by {height}. {cores}{more}."
