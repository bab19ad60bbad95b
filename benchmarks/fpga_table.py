"""The table of docs/fpga.md: chips on boards, and tinyODIN in the same flow, from a checkout of its
repository that --tinyodin names.

    python benchmarks/fpga_table.py -o DIR [--tinyodin CHECKOUT] [NAME ...]

Builds DESIGNS, or those with these NAMEs, with `spikeloom fpga --tools pip`, each into DIR/NAME;
a folder that is there already is read, not built again. Prints the table in Markdown; with --json
all reports; with --records the designs' entries of flows/fpga/baselines.json. Seconds are those of
the processor in all tools.
"""

import io
import json
import shlex
import shutil
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import click

from flows.commands.fpga import fpga
from flows.fpga.baseline import record
from flows.fpga.bitstream import REPORT
from flows.fpga.families import FAMILIES
from flows.fpga.tools import find_tool, processor_seconds, run_tool
from flows.output import step
from mapper.errors import InputError
from mapper.files import read_json

_SMALLEST = "tiny,axons=8,neurons=8,update_lanes=1,max_extension=1,routes=8"
DESIGNS = {
    "core": ("core `fpga` (1,152 x 1,024, 64 lanes)", "--board ulx3s-85f"),
    "core-ecpix5": ("the same", "--board ecpix5-85f"),
    "mesh": ("2 x 1 cores `fpga`", "--core fpga --mesh 2x1 --board ulx3s-85f"),
    "digits": ("`digits` on 3 cores `fpga,axons=256,neurons=256`",
               "digits --core fpga,axons=256,neurons=256 --board ulx3s-85f"),
    "mnist": ("`mnist-ternary` on 3 cores `fpga,axons=800`",
              "mnist-ternary --core fpga,axons=800 --board ulx3s-85f --clock 45"),
    "yoso": ("YOSO PE `full`", "--target yoso --board ulx3s-85f"),
    "hybrid": ("hybrid `tiny`, 2 x 1: a PIM macro and a core",
               "--target hybrid --core tiny --board ulx3s-85f"),
    "icebreaker": ("core `tiny,update_lanes=1,max_extension=1`", "--board icebreaker"),
    "smallest": ("the smallest core, which CI builds",
                 f"--board icebreaker --core {_SMALLEST}"),
}  # fmt: skip
"""Name -> (what it is, arguments of `spikeloom fpga`)."""
_TINYODIN = ("tinyODIN (256 neurons), no host link", "benchmarks/fpga_table.py --tinyodin CHECKOUT")
_COLUMNS = ("chip", "board", "COMB (LC)", "FF", "EBR (RAM)", "DSP", "Fmax", "seconds", "command")


def ours(arguments: str, folder: Path) -> dict[str, Any]:
    """The report of a design, built unless `folder` is there."""
    if not folder.exists():
        command = [*shlex.split(arguments), "--tools", "pip", "-o", str(folder)]
        with redirect_stdout(io.StringIO()):
            fpga.main(command, standalone_mode=False)
    report: dict[str, Any] = read_json(folder / REPORT, "report")
    return report


def tinyodin(checkout: Path, folder: Path) -> dict[str, Any]:
    """Its Verilog, with pins wherever nextpnr likes; the same facts as `ours` has."""
    sources = sorted(checkout.glob("*.v"))
    if not sources:
        raise InputError(f"{checkout}: no Verilog; expected a checkout of ChFrenkel/tinyODIN")
    folder.mkdir(parents=True, exist_ok=True)
    for source in sources:
        shutil.copy(source, folder)
    family, heard, before = FAMILIES["ecp5"], lambda line: None, processor_seconds()
    names = " ".join(source.name for source in sources)
    script = f"read_verilog {names}; {family.synthesize} -top tinyODIN -json netlist.json"
    run_tool(find_tool("yosys", False), ["-p", script], folder, "synthesis.log", heard)
    arguments = [
        "--85k", "--package", "CABGA756", "--speed", "6", "--freq", "50", "--timing-allow-fail",
        "--lpf-allow-unconstrained", "--seed", "1", "--json", "netlist.json", "--report",
        "timing.json",
    ]  # fmt: skip
    run_tool(find_tool("nextpnr-ecp5", False), arguments, folder, "place.log", heard)
    report = json.loads((folder / "timing.json").read_text())
    used = {n: report["utilization"][theirs]["used"] for theirs, n in family.kinds.items()}
    speed = min(clock["achieved"] for clock in report["fmax"].values())
    return {
        "design": "tinyODIN on ECP5-85F-6", **used, "fmax_mhz": round(speed, 2),
        "processor_seconds": {"all": round(processor_seconds() - before, 1)},
    }  # fmt: skip


def row(title: str, report: dict[str, Any], command: str) -> str:
    """A line of the table."""
    board = report["design"].rpartition(" on ")[2]
    figures = [f"{report[kind]:,}" for kind in ("comb", "ff", "bram", "dsp")]
    seconds = sum(report["processor_seconds"].values())
    return line(title, board, *figures, f"{report['fmax_mhz']} MHz", f"{seconds:.0f}", command)


def line(*cells: str) -> str:
    """Cells in Markdown."""
    return f"| {' | '.join(cells)} |"


@click.command()
@click.argument("names", nargs=-1, type=click.Choice([*DESIGNS]))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path))
@click.option("--tinyodin", "checkout", type=click.Path(path_type=Path, exists=True))
@click.option("--json", "shown", flag_value="json")
@click.option("--records", "shown", flag_value="records")
def main(names: tuple[str, ...], output: Path, checkout: Path | None, shown: str | None) -> None:
    """Build what is not there, then tell."""
    reports = {name: ours(DESIGNS[name][1], output / name) for name in names or DESIGNS}
    rows = [row(DESIGNS[name][0], report, f"`spikeloom fpga {DESIGNS[name][1]} -o D`")
            for name, report in reports.items()]  # fmt: skip
    if checkout:
        with step("tinyODIN"):
            reports["tinyodin"] = tinyodin(checkout, output / "tinyodin")
        rows.append(row(_TINYODIN[0], reports["tinyodin"], f"`{_TINYODIN[1]}`"))
    if shown == "json":
        click.echo(json.dumps(reports, indent=1))
    elif shown == "records":
        click.echo(",\n".join(json.dumps(record(reports[name])) for name in names or DESIGNS))
    else:
        click.echo("\n".join([line(*_COLUMNS), line(*["---"] * len(_COLUMNS)), *rows]))


if __name__ == "__main__":
    main()
