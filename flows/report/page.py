"""Evidence folders in, one self-contained HTML page out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from mapper.errors import InputError
from mapper.files import atomic_file

from . import facts
from .commands import commands
from .drawing import Picture, look
from .fabrics import FABRICS
from .load import load_run
from .raster import draw_raster
from .results import draw_confusion, draw_cycles
from .run import Run
from .templates import template

__all__ = ["build_report"]

_DRAWINGS: dict[str, Callable[[Run], Picture | None]] = {
    "raster": draw_raster,
    "confusion": draw_confusion,
    "cycles": draw_cycles,
}


def build_report(folders: list[Path], output: Path) -> None:
    """Write a page about the Evidence in `folders`, several of them compared on top.

    The page needs nothing but itself: no scripts, no requests. Same Evidence, same bytes.
    Raises InputError for missing or damaged Evidence, and then writes nothing.
    """
    if not folders:
        raise InputError("no Evidence folders to report on; name at least one")
    views = [_view(folder, load_run(Path(folder)), i) for i, folder in enumerate(folders, 1)]
    page = template("page.html").render(runs=views)
    with atomic_file(output) as temporary:
        temporary.write_text(page, encoding="utf-8")


def _view(folder: Path, run: Run, index: int) -> dict[str, Any]:
    """All that the template shows of one run. Facts of a wrong type come to light here."""
    fabric = FABRICS[run.fabric]
    try:
        told = {
            "verdict": facts.verdict(run), "accuracies": facts.accuracies(run),
            "tiles": [facts.accuracy_tile(run), *fabric.tiles(run), facts.time_tile(run)],
            "chip": fabric.facts(run), "layer_table": fabric.layers,
            "pace": fabric.paces[run.evidence.pace],
            "dataset": facts.dataset(run),
            "commands": commands(run),
        }  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{folder}: damaged Evidence: {error}") from error
    with look():
        pictures = {name: draw(run) for name, draw in _DRAWINGS.items()}
        more = [draw(run) for draw in fabric.pictures]
    return told | {"id": f"run{index}", "folder": run.folder, "evidence": run.evidence,
                   "layers": run.evidence.chip["layers"], "pictures": pictures,
                   "more_pictures": more}  # fmt: skip
