"""How full the cores are: one heat map per core, where the core is on the mesh."""

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from ..drawing import DOTS, HEAT, INK, MUTED, Picture, figure, picture
from ..run import Run
from .facts import core_size

__all__ = ["draw_occupancy"]


_MANY = 64
"""More cores than that, and they are drawn as one mosaic per pass."""
_CELLS = 16


def draw_occupancy(run: Run) -> Picture:
    """Synapse density of every core; rows are axons, columns are neurons."""
    if len(run.figures["occupancy"]) > _MANY:
        return _draw_mosaics(run)
    width, height = run.mesh
    density = run.figures["occupancy"]
    height *= len(density) // (width * height)
    side = min(3.2, 8.6 / width)
    drawn = figure(max(4.4, side * width + 1.2), side * height * 0.94 + 0.75)
    panels = drawn.subplots(height, width, squeeze=False).ravel()
    image = None
    for core, ax in enumerate(panels):
        image = _draw_core(ax, run, core, float(density.max()) or 1.0)
        _label(ax, run, core, height)
    if image is not None:
        _scale(drawn, run, image, panels)
    return picture(drawn, "Where the synapses are", _alt(run), _caption(run))


def _draw_mosaics(run: Run) -> Picture:
    """A panel per pass; in it every core is a tile of averages, where it is on the mesh."""
    width, height = run.mesh
    density = run.figures["occupancy"]
    passes = density.reshape(-1, height, width, *density.shape[1:])
    drawn = figure(9.6, 2.6 * -(-len(passes) // 4) * height / width + 0.9)
    panels = drawn.subplots(-(-len(passes) // 4), min(4, len(passes)), squeeze=False).ravel()
    image = None
    for index, ax in enumerate(panels):
        if index >= len(passes):
            ax.set_axis_off()
            continue
        rows, columns = (min(_CELLS, n) for n in density.shape[1:])
        tiles = passes[index].reshape(
            height, width, rows, density.shape[1] // rows, columns, density.shape[2] // columns
        )  # fmt: skip
        mosaic = tiles.mean(axis=(3, 5)).swapaxes(1, 2).reshape(height * rows, width * columns)
        image = ax.imshow(mosaic, cmap=HEAT, vmin=0, vmax=float(density.max()) or 1.0,
                          interpolation="none", extent=(0, width, height, 0))  # fmt: skip
        ax.set_title(f"pass {index}")
        ax.set_xticks(range(width + 1), [])
        ax.set_yticks(range(height + 1), [])
        ax.grid(color=MUTED, linewidth=0.4)
    if image is not None:
        _scale(drawn, run, image, panels)
    caption = f"Each square is a core, {width} x {height} of them are loaded at a time."
    return picture(drawn, "Where the synapses are", _alt(run), caption)


def _draw_core(ax: Axes, run: Run, core: int, top: float) -> AxesImage:
    axons, neurons = core_size(run.evidence.chip)
    return ax.imshow(
        run.figures["occupancy"][core], cmap=DOTS if _exact(run) else HEAT, vmin=0, vmax=top,
        aspect="auto", interpolation="none", extent=(0, neurons, axons, 0),
    )  # fmt: skip


def _label(ax: Axes, run: Run, core: int, height: int) -> None:
    """Title, and numbers on the outer edges only; height: rows of panels."""
    width = run.mesh[0]
    axons, neurons = core_size(run.evidence.chip)
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
    return run.figures["occupancy"].shape[1:] == core_size(run.evidence.chip)


def _share(run: Run) -> npt.NDArray[np.float64]:
    return run.figures["columns"] / core_size(run.evidence.chip)[1]


def _caption(run: Run) -> str:
    axons, neurons = core_size(run.evidence.chip)
    rows, columns = run.figures["occupancy"].shape[1:]
    if _exact(run):
        return "Each dot is one synapse. Panels stand where the cores are on the mesh."
    tile = f"{axons / rows:.0f} axons × {neurons / columns:.0f} neurons"
    return f"Each tile averages about {tile}. Panels stand where the cores are on the mesh."


def _alt(run: Run) -> str:
    shares = _share(run)
    width, height = run.mesh
    density = run.figures["occupancy"].mean(axis=(1, 2))
    cores = "; ".join(
        f"core {i}: {s:.0%} of columns used, {d:.1%} of synapses on"
        for i, (s, d) in enumerate(zip(shares[:16], density[:16], strict=True))
    )
    more = f"; and {len(shares) - 16} more" if len(shares) > 16 else ""
    return f"Heat maps of synapse density, mesh {width} by {height}. {cores}{more}."
