"""Who may import whom: design, section 1."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("mapper", "algo", "rtl", "cosim", "flows")
FORBIDDEN = {
    "mapper": {"torch", "amaranth", "algo", "rtl", "cosim", "flows"},
    "algo": {"amaranth", "rtl", "cosim", "flows"},
    "rtl": {"torch", "algo", "cosim", "flows"},
    "cosim": {"torch", "algo", "flows"},
    "flows": set(),
}


def imports(source: str) -> set[str]:
    """Top packages of all absolute imports, wherever they stand in the file."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add((node.module or "").split(".")[0])
    return found


def relative_depth(source: str) -> int:
    levels = [n.level for n in ast.walk(ast.parse(source)) if isinstance(n, ast.ImportFrom)]
    return max(levels, default=0)


def test_imports_are_found_wherever_they_hide():
    source = (
        "def f():\n  if 1:\n    import torch.nn as n\nfrom amaranth.hdl import *\nfrom . import x"
    )
    assert imports(source) == {"torch", "amaranth"}


@pytest.mark.parametrize("package", PACKAGES)
def test_arrows(package):
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    for file in files:
        source = file.read_text()
        wrong = imports(source) & FORBIDDEN[package]
        assert not wrong, f"{file.relative_to(ROOT)} imports {wrong}"
        inside = len(file.relative_to(ROOT / package).parts)
        assert relative_depth(source) <= inside, f"{file.relative_to(ROOT)} leaves its package"
        if package != "flows":
            assert "import_module" not in source, f"{file.relative_to(ROOT)}: hidden imports"


def relative_imports(source: str, outside: int) -> set[str]:
    """Modules that are imported relatively from `outside` levels up."""
    nodes = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.ImportFrom)]
    return {n.module or "" for n in nodes if n.level == outside}


def test_the_audit_shares_no_code_with_the_mapper():
    """It knows the Network, which is the contract, and how to say that input is bad."""
    for file in sorted((ROOT / "mapper" / "audit").glob("*.py")):
        source = file.read_text()
        assert relative_imports(source, 2) <= {"network", "errors"}, file.name
        assert imports(source) <= {"numpy", *sys.stdlib_module_names}, file.name
        assert relative_depth(source) <= 2, file.name
        assert not re.search(r"\.(matrix|product|taps|neuron|weight_format)\b", source), file.name


def loaded(modules: str) -> set[str]:
    """Top packages that are loaded in a fresh interpreter that imports `modules`."""
    script = f"import sys, {modules}; print(*{{m.split('.')[0] for m in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return set(run.stdout.split())


def test_nothing_drags_torch_or_amaranth_in():
    assert not loaded("mapper.fabrics, mapper.nir_io, mapper.run") & {"torch", "amaranth"}
    modules = "cosim.verify, cosim.evidence, cosim.engines.amaranth_sim, rtl.verilog"
    assert not loaded(modules) & {"torch", "algo", "flows"}
    assert not loaded("algo.train, algo.export") & {"amaranth", "rtl", "cosim", "flows"}


def test_help_needs_no_heavy_package():
    assert not loaded("flows.cli") & {"torch", "amaranth", "algo", "cosim"}
