"""The whole way: a chip on a board, its bitstream, its figures, in one folder."""

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from mapper.errors import InputError
from mapper.files import atomic_directory, write_json
from rtl.boards import BOARDS
from rtl.boards.board import Board
from rtl.boards.design import board_design
from rtl.boards.lines import LINES

from ..report.board import write_board_page
from .baseline import known_figures, regressions
from .build import Build
from .chips import BoardChip
from .families import FAMILIES
from .figures import figures
from .tools import ToolFailure, find_tool

__all__ = ["PAGE", "REPORT", "Progress", "board_name", "find_board", "make_bitstream"]

_OPTIONAL = ("board.bit", "board.bin", "chip")
REPORT = "fpga.json"
"""Of the folder: what `spikeloom fpga --json` prints."""
PAGE = "report.html"
"""Of the folder: the same for people."""
Progress = Callable[[str], AbstractContextManager[Callable[[str], None]]]
"""Told what begins; yields what is told each line of a tool."""


def find_board(name: str, line: str) -> type[Board]:
    """Look a board up that has this line to its host; InputError lists those that there are."""
    if name not in BOARDS:
        raise InputError(f"unknown board {name!r}; known: {', '.join([*BOARDS, 'generic'])}")
    if line not in BOARDS[name].hosts:
        able = [other for other, board in BOARDS.items() if line in board.hosts]
        raise InputError(f"{name} has no {line} line to the host; {', '.join(able)} and generic do")
    return BOARDS[name]


def board_name(board: type[Board]) -> str:
    """Its name among the boards."""
    return next(name for name, known in BOARDS.items() if known is board)


def make_bitstream(
    chip: BoardChip, board: type[Board], output: Path, *, hz: int | None, line: str,
    baud: int | None, seed: int, native: bool, progress: Progress,
) -> dict[str, Any]:  # fmt: skip
    """Write the folder `output`; return what it says in REPORT.

    \b
    board.bit or board.bin   the bitstream
    fpga.json                the report
    report.html              the same as a page
    build/                   design, constraints, logs, netlist, placed design
    chip/                    the ChipImage, if `chip` has one, for the host

    In the report, `design` names what was built in the records, and `worse` has a sentence per
    figure that is worse than the recorded one of this design by these tools; it is None when none
    is recorded.

    hz: of the chip's clock, the board's own if None; line: to the host, among LINES; baud: of a
        UART, None for the usual; seed: of placement
    Raises InputError when a tool is missing or the design does not fit; what the tools had written
    until then is kept beside `output`, as NAME-failed.
    """
    tools = {step: find_tool(name, native) for step, name in FAMILIES[board.series].tools.items()}
    hz = hz or board.clock_hz
    host = LINES[line](hz, baud)
    with atomic_directory(output, optional=_OPTIONAL) as folder:
        with progress("elaborating the design"):
            design = board_design(board, chip.params, hz, host)
        build = Build(design, board, folder / "build", tools, hz)
        try:
            _run(build, seed, progress)
        except (InputError, ToolFailure) as error:
            raise InputError(f"{error}. Logs: {_keep(folder, output)}") from error
        shutil.move(build.folder / build.family.bitstream, folder)
        if chip.image:
            chip.image.save(folder / "chip")
        report = chip.facts() | {
            "board": board.title, "line": host.name, **host.facts, "seed": seed,
            "tools": {step: tool.version for step, tool in tools.items()},
            **figures(build),
            "seconds": build.seconds, "processor_seconds": build.processor_seconds,
            "commands": build.commands, "bitstream": build.family.bitstream,
        }  # fmt: skip
        report["design"] = f"{chip.design} on {board_name(board)}"
        if line != "uart":
            report["design"] += f" over {line}"
        known = known_figures(report["tools"], report["design"])
        report["worse"] = None if known is None else [*regressions(known, report)]
        write_json(folder / REPORT, report)
        write_board_page(report, folder / PAGE)
    return report


def _run(build: Build, seed: int, progress: Progress) -> None:
    build.write()
    tools = build.tools
    with progress(f"synthesis ({tools['synthesis'].version})") as heard:
        build.synthesize(heard)
    with progress(f"place and route ({tools['place'].version})") as heard:
        build.place(heard, seed)
    with progress("bitstream") as heard:
        build.pack(heard)


def _keep(folder: Path, output: Path) -> Path:
    """Copy what there is to a folder of its own, which the next failure replaces."""
    kept = output.with_name(f"{output.name}-failed")
    with atomic_directory(kept) as copy:
        shutil.copytree(folder, copy, dirs_exist_ok=True)
    return kept
