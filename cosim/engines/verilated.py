"""Building the generated Verilog with Verilator: what the engines that run it share."""

import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from mapper.mesh import MeshParams
from rtl.chips import core_names, top_name
from rtl.verilog import chip_verilog, verilog_sha256

from ..tools import cached_build, tool_environment
from .base import Engine, EngineError

__all__ = ["VerilatedEngine", "run_tool"]

_BUILDING = threading.Lock()
"""Of the threads of a process, the first one builds."""
_ZEROED_NEW = Path(__file__).with_name("zeroed_new.cpp")

_FLAGS = ["-O3", "--no-timing", "-Wno-fatal", "-Wno-lint", "-Wno-style", "--x-assign", "fast"]
"""Flags of every build."""

_ROUTER = 'no_inline -module "mesh_router"'
"""As a block of its own a router would simulate slower than inlined; as a module it builds in half
the time."""


def run_tool(command: list[str], folder: Path) -> None:
    """Run a build tool; EngineError with the end of its output when it fails."""
    result = subprocess.run(
        command, cwd=folder, env=tool_environment(), stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    if result.returncode:
        raise EngineError(f"{Path(command[0]).name} failed:\n{result.stdout[-2000:]}")


class VerilatedEngine(Engine):
    """An engine whose build is a folder made from the Verilog, cached by content.

    In a hierarchical build a core is Verilated once however many there are. What passes in and
    out of such a block costs time in every cycle, so a chip of one core is built in one piece.

    blocks: whether there may be such blocks
    """

    blocks: ClassVar[bool] = True

    def __init__(self, params: MeshParams, flags: Sequence[str] = ()) -> None:
        """flags: more of Verilator's, such as those of a build that records a waveform."""
        super().__init__(params)
        self._hierarchical = self.blocks and params.cores > 1
        self.flags = [*_FLAGS, *(["--hierarchical"] if self._hierarchical else []), *flags]
        self.makefile = "Vtop_hier.mk" if self._hierarchical else "Vtop.mk"
        self._folder: Path | None = None

    def verilog_sha256(self) -> str | None:
        return verilog_sha256(self.params)

    @property
    def top(self) -> str:
        """Name of the module that is built."""
        return top_name(self.params)

    def verilog(self) -> dict[str, str]:
        """File name -> text of what is built."""
        return chip_verilog(self.params)

    def folder(self) -> Path:
        """The finished build; made here when the one that this engine came with is not."""
        with _BUILDING:
            if self._folder is None or not self._folder.is_dir():
                self.build()
            assert self._folder is not None
            return self._folder

    def cached(self, key: str, compile_: Callable[[Path], None], control: list[str]) -> None:
        """Write Verilog and Verilator's control file into a new folder and compile it there.

        key: everything besides Verilog and flags that the result depends on.
        """
        files = self.verilog()
        cores = [f'hier_block -module "{name}"' for name in core_names(self.params)]
        blocks = [*cores, _ROUTER] if self._hierarchical else []
        lines = ["`verilator_config", *blocks, *control]
        zeroed_new = _ZEROED_NEW.read_text()

        def build(folder: Path) -> None:
            (folder / "control.vlt").write_text("\n".join(lines) + "\n")
            for name, text in files.items():
                (folder / name).write_text(text)
            (folder / _ZEROED_NEW.name).write_text(zeroed_new)
            compile_(folder)

        facts = repr((sorted(files.items()), self.flags, self.top, lines, self.name,
                      key, zeroed_new))  # fmt: skip
        self._folder = cached_build(facts, build)

    def extras(self, folder: Path) -> list[str]:
        """C++ that belongs to every simulation, also arguments to Verilator."""
        return [str(folder / _ZEROED_NEW.name)]

    def sources(self, folder: Path) -> list[str]:
        """Arguments that name the Verilog to Verilator."""
        return [str(folder / "control.vlt"), *(str(p) for p in sorted(folder.glob("*.v")))]
