"""spikeloom fpga"""

from pathlib import Path
from typing import Any

import click

from rtl.boards.lines import LINES
from rtl.link.uart_wires import BAUD

from ..fpga.bitstream import find_board, make_bitstream
from ..fpga.chips import find_board_chip
from ..fpga.generic import GENERIC, make_generic
from ..fpga.progress import tool_progress
from ..output import emit, json_option, key_values, rows
from .options import CORES, Number, target_option

__all__ = ["fpga"]


@click.command()
@click.argument("chip", required=False)
@click.option("--board", required=True, metavar="BOARD",
              help="ulx3s-85f, ecpix5-85f, icebreaker, or generic: Verilog for other "
              "tools.")  # fmt: skip
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path),
              help="Folder to write.")  # fmt: skip
@target_option
@click.option("--core", metavar="CORE",
              help=f"{CORES}; with changes: fpga,lanes=32. Default: the board's.")  # fmt: skip
@click.option("--mesh", metavar="WxH", help="Cores, where no CHIP is given. Default: one.")
@click.option("--clock", type=Number(1, 400), metavar="MHZ",
              help="Clock of the chip. Default: the board's own.")  # fmt: skip
@click.option("--line", default="uart", show_default=True, type=click.Choice([*LINES]),
              help="To the host: serial, or SPI where the board has it.")  # fmt: skip
@click.option("--baud", type=click.IntRange(9600, 12_000_000), metavar="N",
              help=f"Bits per second of the UART. Default: {BAUD:,}.")  # fmt: skip
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0, 2**31 - 1),
              help="Of placement: another seed, another result.")  # fmt: skip
@click.option("--tools", default="any", show_default=True, type=click.Choice(["any", "pip"]),
              help="any: the system's Yosys and nextpnr where it has them; pip: only those of the "
              "pinned packages.")  # fmt: skip
@json_option
def fpga(
    chip: str | None, board: str, output: Path, target: str, core: str | None, mesh: str | None,
    clock: float | None, line: str, baud: int | None, seed: int, tools: str, as_json: bool,
) -> None:  # fmt: skip
    """Make a bitstream: synthesis, place and route, figures.

    \b
    spikeloom fpga --board icebreaker -o tiny
    spikeloom fpga mnist-ternary --core fpga,axons=800 --board ulx3s-85f -o mnist
    spikeloom fpga --core tiny --board generic -o verilog

    CHIP is a ChipImage folder, or a network that is mapped onto cores CORE; without it, the chip
    has cores CORE and nothing to run yet. Its port is the line to the host, see docs/host.md.

    \b
    board.bit or board.bin   the bitstream
    fpga.json                the figures, as --json prints them
    report.html              the same for people
    build/                   design, constraints, logs, netlist, placed design
    chip/                    the ChipImage, for `spikeloom host`
    """
    hz = round(clock * 1e6) if clock else None
    found = None if board == GENERIC else find_board(board, line)
    default = found.core if found and target == "crossbar" else "full"
    on_it = find_board_chip(chip, target, core or default, mesh)
    if not found:
        facts = make_generic(on_it, output, hz, line, baud)
        table = facts | {"files": len(facts["files"])}
        emit(facts, as_json, key_values(f"Verilog of {on_it.name}", table))
        return
    facts = make_bitstream(on_it, found, output, hz=hz, line=line, baud=baud, seed=seed,
                           native=tools == "any", progress=tool_progress)  # fmt: skip
    emit(facts, as_json, *_tables(facts))


def _tables(facts: dict[str, Any]) -> list[Any]:
    path = facts["critical_path"]
    available = facts["available"]
    used = {
        kind: f"{facts[kind]:,} of {available[kind]:,}" if kind in available else facts[kind]
        for kind in ("comb", "ff", "bram", "dsp")
    }
    speed = {
        "clock": f"{facts['clock_mhz']:g} MHz",
        "fmax": f"{facts['fmax_mhz']} MHz" + ("" if facts["timing_met"] else ": TOO SLOW"),
        "critical path": f"from {path['from']} to {path['to']}, {path['ns']} ns",
        "through": ", ".join(f"{hop['in']} {hop['ns']} ns" for hop in path["through"]),
        "bitstream": facts["bitstream"],
    }
    if "synaptic_ops_per_cycle" in facts:
        peak = facts["synaptic_ops_per_cycle"] * facts["clock_mhz"] / 1e3
        speed["synaptic operations"] = f"{peak:g} G/s at most"
    if facts["worse"] is not None:
        speed["as recorded"] = "; ".join(facts["worse"]) or "yes, or better"
    title = f"{facts['chip']} on {facts['board']}"
    return [rows(title, facts["modules"]), key_values("", used | speed)]
