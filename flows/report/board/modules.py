"""Which part of a chip takes how much of an FPGA."""

from typing import Any

from ..drawing import ACCENT, INK, MUTED, Picture, bare, figure, picture
from ..facts import number

__all__ = ["draw_modules"]

_SHOWN = {"comb": "logic (LUTs)", "ff": "flip-flops", "bram": "block RAMs"}


def draw_modules(modules: list[dict[str, Any]]) -> Picture:
    """A bar per part and resource, the part with most logic on top.

    modules: rows of a report's resource table, {"module", "comb", "ff", "bram", ...}
    """
    parts = sorted(modules, key=lambda part: (part["comb"], part["module"]))
    names = [part["module"] for part in parts]
    drawn = figure(9.0, 0.3 * len(parts) + 0.7)
    panels = drawn.subplots(1, len(_SHOWN), sharey=True)
    for ax, (kind, title) in zip(panels, _SHOWN.items(), strict=True):
        counts = [part[kind] for part in parts]
        bars = ax.barh(names, counts, color=ACCENT, alpha=0.85, height=0.65)
        labels = [number(count) if count else "" for count in counts]
        ax.bar_label(bars, labels, padding=3, fontsize=8, color=MUTED)
        bare(ax, "left").set(title=title, xticks=[])
        ax.margins(x=0.22)
        ax.tick_params(axis="y", length=0, labelcolor=INK)
    most = parts[-1]
    return picture(
        drawn, "Who takes it",
        f"Bars of {len(parts)} parts. {most['module']} has most logic: {most['comb']:,} cells.",
        "Cells after synthesis; those that place and route adds are in no part.",
    )  # fmt: skip
