"""What a build for a board came to, as one self-contained HTML page."""

from pathlib import Path
from typing import Any

from ..drawing import look
from ..facts import number
from ..templates import template
from .modules import draw_modules

__all__ = ["write_board_page"]

_KINDS = {"comb": "logic (LUTs)", "ff": "flip-flops", "bram": "block RAMs", "dsp": "multipliers"}
"""Resource of a report -> what a person calls it."""


def write_board_page(report: dict[str, Any], page: Path) -> None:
    """Write the page about a build: resources, clock, critical path, how it was made.

    report: as `spikeloom fpga --json` prints it. Same report, same bytes.
    """
    with look():
        picture = draw_modules(report["modules"])
    text = template("board/page.html").render(
        build=report, kinds=_KINDS, tiles=_tiles(report), picture=picture
    )
    page.write_text(text, encoding="utf-8")


def _tiles(report: dict[str, Any]) -> list[tuple[str, str, str]]:
    """The numbers to see first: (value, what it is, remark)."""
    tiles = [(f"{report['fmax_mhz']} MHz", "possible", f"runs at {report['clock_mhz']:g} MHz")]
    for kind, title in _KINDS.items():
        room = report["available"].get(kind)
        remark = f"of {number(room)}, {report[kind] / room:.1%}" if room else ""
        tiles.append((number(report[kind]), title, remark))
    if "synaptic_ops_per_cycle" in report:
        ops = report["synaptic_ops_per_cycle"]
        peak = ops * report["clock_mhz"] / 1e3
        tiles.append((f"{peak:g} G/s", "synaptic operations", f"at most, {ops} per cycle"))
    return tiles
