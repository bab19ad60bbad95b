"""Our own cells for parts of the crossbar core do what they stand for: proved by Yosys."""

import pytest

from flows.fpga.carries import trim_carries
from flows.fpga.ecp5_maps import CARRY_IN, COUNTER_CELLS, COUNTER_STEPS, WIDE_MUXES
from flows.fpga.families import FAMILIES
from flows.fpga.tools import ToolFailure, find_tool, run_tool
from mapper.crossbar.params import CoreParams

_MUX = "module mux8 (input A, B, C, D, E, F, G, H, S, T, U, output Y);\n{}\nendmodule\n"
_PORTS = ", ".join(f".{name}({name})" for name in "ABCDEFGHSTUY")
MUX = _MUX.format(f"\\$_MUX8_ mux ({_PORTS});")
CHOICE = _MUX.format("assign Y = {H, G, F, E, D, C, B, A} >> {U, T, S};")
WIDEST = CoreParams(axons=2048).count_bits
NARROWEST = CoreParams(axons=8, neurons=8, lanes=8, update_lanes=1, max_extension=1).count_bits


def prove(folder, name: str, wanted: str, made: str, techmap: str) -> None:
    """Module `name` of the two Verilog texts, `made` with `techmap` and the FPGA's cells."""
    for file, text in (("wanted.v", wanted), ("made.v", made), ("map.v", techmap)):
        (folder / file).write_text(text)
    script = (
        "read_verilog -icells made.v", f"hierarchy -top {name}", "techmap -map map.v",
        f"read_verilog -overwrite {FAMILIES['ecp5'].library}", f"hierarchy -top {name}",
        "setattr -mod -unset whitebox -unset lib_whitebox =*", "proc", "flatten",
        f"rename {name} made", "design -stash made", "read_verilog wanted.v",
        "design -copy-from made made", f"miter -equiv -flatten {name} made both",
        "sat -verify -prove trigger 0 both",
    )  # fmt: skip
    (folder / "prove.ys").write_text("\n".join(script) + "\n")
    run_tool(find_tool("yosys", native=False), ["prove.ys"], folder, "log", lambda line: None)


@pytest.mark.parametrize("bits", [NARROWEST, NARROWEST + 1, WIDEST])
def test_a_counters_carry_chain_adds_and_clears(bits, tmp_path):
    prove(tmp_path, f"counter_step_{bits}", COUNTER_STEPS, COUNTER_CELLS, "")


def test_a_wide_multiplexer_chooses(tmp_path):
    prove(tmp_path, "mux8", CHOICE, MUX, WIDE_MUXES)


def test_the_proof_finds_a_chain_that_does_not_clear(tmp_path):
    wrong = COUNTER_CELLS.replace("16'h0A00", "16'hAA00")
    with pytest.raises(ToolFailure, match="proof did fail"):
        prove(tmp_path, f"counter_step_{NARROWEST}", COUNTER_STEPS, wrong, "")


def cell(init: int, cin: str, cout: int, s1: int):
    return {"type": "CCU2C", "parameters": {"INIT0": f"{init:016b}"},
            "connections": {"CIN": [cin], "COUT": [cout], "S1": [s1]}}  # fmt: skip


def test_only_carries_without_meaning_are_cut_off():
    chain = {"first": cell(CARRY_IN, "0", 2, 3), "next": cell(0x0A00, 2, 4, 5),
             "last": cell(0x96AA, 4, 6, 7), "read": cell(0x96AA, "0", 8, 9)}  # fmt: skip
    trim_carries({"cells": chain, "ports": {"out": {"bits": [3, 5, 7, 8, 9]}}})
    ends = {n: (c["connections"]["CIN"], c["connections"]["COUT"]) for n, c in chain.items()}
    assert ends == {"first": (["x"], [2]), "next": ([2], [4]), "last": ([4], ["x"]),
                    "read": (["0"], [8])}  # fmt: skip
