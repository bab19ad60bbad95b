"""Chips on an ECP5-85F (speed grade 6), each by itself: resources and clock, and tinyODIN in the
same flow, from a checkout of its repository that --tinyodin names.

    python benchmarks/fpga_table.py -o DIR [--tinyodin CHECKOUT] [DESIGN ...]

A DESIGN is FABRIC:CORE:MESH, such as crossbar:fpga:1x1; with none, all of DESIGNS are built. The
logs stay in DIR. Prints a table, or with --json one object. Synaptic operations per second are
the most that the lanes can do at that clock, not a measurement of a network.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from flows.fpga.bitstream import find_board, make_bitstream
from flows.fpga.chips import find_board_chip
from flows.fpga.families import FAMILIES
from flows.fpga.progress import tool_progress
from flows.fpga.tools import find_tool, run_tool
from flows.output import step
from mapper.errors import InputError

DESIGNS = (
    "crossbar:tiny:1x1", "crossbar:fpga:1x1", "crossbar:fpga:2x1", "yoso:full:1x1",
    "hybrid:tiny:2x1",
)  # fmt: skip
BOARD = "ulx3s-85f"
_SHOWN = ("comb", "ff", "bram", "dsp", "fmax_mhz")


def ours(design: str, folder: Path, seed: int) -> dict[str, Any]:
    """A chip with its link on the board."""
    fabric, core, mesh = design.split(":")
    chip = find_board_chip(None, fabric, core, mesh)
    return make_bitstream(chip, find_board(BOARD), folder, hz=None, baud=None, seed=seed,
                          native=False, progress=tool_progress)  # fmt: skip


def tinyodin(checkout: Path, folder: Path, seed: int) -> dict[str, Any]:
    """Its Verilog, with pins wherever nextpnr likes."""
    sources = sorted(checkout.glob("*.v"))
    if not sources:
        raise InputError(f"{checkout}: no Verilog; expected a checkout of ChFrenkel/tinyODIN")
    folder.mkdir(parents=True, exist_ok=True)
    for source in sources:
        shutil.copy(source, folder)
    family, heard = FAMILIES["ecp5"], lambda line: None
    names = " ".join(source.name for source in sources)
    script = f"read_verilog {names}; {family.synthesize} -top tinyODIN -json netlist.json"
    run_tool(find_tool("yosys", False), ["-p", script], folder, "synthesis.log", heard)
    arguments = [
        "--85k", "--package", "CABGA756", "--speed", "6", "--freq", "50", "--timing-allow-fail",
        "--lpf-allow-unconstrained", "--seed", str(seed), "--json", "netlist.json", "--report",
        "timing.json",
    ]  # fmt: skip
    run_tool(find_tool("nextpnr-ecp5", False), arguments, folder, "place.log", heard)
    report = json.loads((folder / "timing.json").read_text())
    used = {n: report["utilization"][theirs]["used"] for theirs, n in family.kinds.items()}
    speed = min(clock["achieved"] for clock in report["fmax"].values())
    return {"chip": "tinyODIN", **used, "fmax_mhz": round(speed, 2)}


@click.command()
@click.argument("designs", nargs=-1)
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path))
@click.option("--tinyodin", "checkout", type=click.Path(path_type=Path, exists=True))
@click.option("--seed", default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def main(
    designs: tuple[str, ...], output: Path, checkout: Path | None, seed: int, as_json: bool
) -> None:
    """Build, then tell."""
    found = [ours(design, output / design.replace(":", "-"), seed) for design in designs or DESIGNS]
    if checkout:
        with step("tinyODIN"):
            found.append(tinyodin(checkout, output / "tinyodin", seed))
    if as_json:
        click.echo(json.dumps(found, indent=1))
        return
    table = Table("chip", *_SHOWN)
    for facts in found:
        table.add_row(facts["chip"], *(str(facts[name]) for name in _SHOWN))
    Console().print(table)


if __name__ == "__main__":
    main()
