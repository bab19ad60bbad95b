"""spikeloom verilog"""

from pathlib import Path

import click

from rtl.chips import top_name
from rtl.verilog import verilog_sha256

from ..output import emit, json_option, key_values, step
from ..resolve import find_chip
from ..verilog_folder import write_verilog
from .options import core_option, target_option

__all__ = ["verilog"]


@click.command()
@click.argument("chip")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path),
              help="Folder to write.")  # fmt: skip
@target_option
@core_option
@json_option
def verilog(chip: str, output: Path, target: str, core: str, as_json: bool) -> None:
    """Write portable Verilog of CHIP with its program and memory images.

    \b
    *.v                 one module per file, top crossbar_chip or yoso_grid
    files.f             file list;  ports.json  the top's ports
    lint_waivers.vlt    verilator --lint-only -Wall lint_waivers.vlt -f files.f
    program.hex         packets (64 bit) that program the chip, in order, for its port i
    memories/coreN/*.hex  the same memories for $readmemh
    """
    image = find_chip(chip, target, core)
    with step("generating Verilog"):
        files = write_verilog(image, output)
    facts = {"folder": str(output), "top": top_name(image.params), "files": files,
             "verilog_sha256": verilog_sha256(image.params)}  # fmt: skip
    emit(facts, as_json, key_values(f"Verilog of {image.network_name}", {
        "folder": output, "top": top_name(image.params), "files": len(files),
        "sha256": facts["verilog_sha256"],
    }))  # fmt: skip
