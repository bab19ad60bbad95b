"""The target for other tools: Verilog with plain ports, FuseSoC core file, constraints."""

import re
from pathlib import Path
from typing import Any

from amaranth.lib.wiring import In, Out

from mapper.files import atomic_directory
from rtl.boards.lines import LINES
from rtl.link.linked_chip import LinkedChip
from rtl.verilog import component_verilog

from .chips import BoardChip

__all__ = ["CLOCK_HZ", "GENERIC", "TOP", "make_generic"]

GENERIC = "generic"
"""Its name among the boards."""
TOP = "linked_chip"
CLOCK_HZ = 50_000_000
_CORE = """\
CAPI=2:
name: spikeloom::{name}:0.1.0
description: Spiking neural network chip {name} behind its {line} line to a host

filesets:
  rtl:
    files:
{files}
    file_type: verilogSource

targets:
  default: &default
    filesets: [rtl]
    toplevel: {top}
  lint:
    <<: *default
    default_tool: verilator
    tools:
      verilator:
        mode: lint-only
        verilator_options: [-Wno-fatal]
"""
_XDC = """\
# Vivado. Fill in the pins; clk must be {mhz:g} MHz.
create_clock -name clk -period {ns:g} [get_ports clk]
set_false_path -from [get_ports {{{inputs}}}]
set_false_path -to [get_ports {{{outputs}}}]
"""
_SDC = """\
# Quartus and others. Pins are assigned elsewhere; clk must be {mhz:g} MHz.
create_clock -name clk -period {ns:g} [get_ports clk]
set_false_path -from [get_ports {{{inputs}}}]
set_false_path -to [get_ports {{{outputs}}}]
"""
_LPF = """\
# Diamond, nextpnr-ecp5. Fill in the pins.
FREQUENCY PORT "clk" {mhz:g} MHZ;
"""


def make_generic(
    chip: BoardChip, output: Path, hz: int | None, line: str, baud: int | None
) -> dict[str, Any]:
    """Write Verilog, `NAME.core` and constraints of `linked_chip` to the folder `output`, and the
    ChipImage, if there is one, to chip/ in it; return what they are.

    hz: CLOCK_HZ if None; line: among LINES; baud: of a UART, None for the usual. InputError for
    bits too short for the clock.
    """
    hz = hz or CLOCK_HZ
    host = LINES[line](hz, baud)
    linked = LinkedChip(chip.params, host.wires)
    files = component_verilog(linked, TOP, gates_clocks=False)
    name = re.sub(r"[^A-Za-z0-9]+", "_", chip.name)
    files |= _templates(name, list(files), hz, linked, line)
    # Files of an earlier chip may go.
    with atomic_directory(output, optional=("chip", *_names(output, "*.v", "*.core"))) as folder:
        for file, text in files.items():
            (folder / file).write_text(text)
        if chip.image:
            chip.image.save(folder / "chip")
    facts = {"top": TOP, "clock_mhz": hz / 1e6, "line": line, **host.facts}
    return chip.facts() | facts | {"files": sorted(files)}


def _templates(
    name: str, verilog: list[str], hz: int, linked: LinkedChip, line: str
) -> dict[str, str]:
    """Core file and constraints: name -> text."""
    listed = "\n".join(f"      - {file}" for file in verilog)
    inputs = ["rst", *(name for name, pin in linked.signature.members.items() if pin.flow is In)]
    outputs = [name for name, pin in linked.signature.members.items() if pin.flow is Out]
    ports = ["clk", *inputs, *outputs]
    pins = "".join(f"# set_property PACKAGE_PIN ? [get_ports {port}]\n" for port in ports)
    sites = "".join(f'# LOCATE COMP "{port}" SITE "?";\n' for port in ports)
    facts = {
        "mhz": hz / 1e6, "ns": 1e9 / hz, "inputs": " ".join(inputs), "outputs": " ".join(outputs),
    }  # fmt: skip
    return {
        f"{name}.core": _CORE.format(name=name, files=listed, top=TOP, line=line),
        f"{TOP}.xdc": _XDC.format(**facts) + pins,
        f"{TOP}.sdc": _SDC.format(**facts),
        f"{TOP}.lpf": _LPF.format(**facts) + sites,
    }


def _names(folder: Path, *patterns: str) -> set[str]:
    return {path.name for pattern in patterns for path in folder.glob(pattern)}
