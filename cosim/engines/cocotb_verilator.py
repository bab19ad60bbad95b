"""cocotb 2 + Verilator: the generated Verilog, driven at protocol level with random stalls."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from cocotb_tools.check_results import get_results
from cocotb_tools.runner import Verilator

from rtl.chips import top_name
from rtl.verilog import chip_ports

from ..tools import tool_environment
from .base import NO_STALLS, EngineError, Stalls
from .verilated import VerilatedEngine

__all__ = ["CocotbEngine"]

_PATIENCE = 1_000_000


class _Runner(Verilator):
    """cocotb's runner, less the flag that makes every net public: only the ports are needed.

    makefile: where the make targets are; a hierarchical build has a file of its own
    """

    def __init__(self, makefile: str) -> None:
        self._makefile = makefile
        super().__init__()

    def _build_command(self) -> list:
        verilate, make = super()._build_command()
        verilate.remove("--public-flat-rw")
        make[make.index("Vtop.mk")] = self._makefile
        return [verilate, make]


class CocotbEngine(VerilatedEngine):
    """Builds once per Verilog text (cached), then starts a simulator per `exchange`.

    sleeps: the bench skips the cycles in which it waits for the chip
    """

    name = "cocotb"
    sleeps: ClassVar[bool] = True

    def build(self) -> None:
        """Verilate and compile, unless the cache has it; EngineError with the log's end."""
        top = top_name(self.params)
        control = [
            f'public_flat_rw -module "{top}" -var "{port["name"]}"'
            for port in chip_ports(self.params)
        ]
        self.cached("", self._compile, control)

    def _compile(self, folder: Path) -> None:
        runner = _Runner(self.makefile)
        before = os.environ.copy()
        os.environ.update(tool_environment())
        try:
            runner.build(
                sources=self.sources(folder),
                hdl_toplevel=top_name(self.params),
                build_dir=folder,
                build_args=[*self.flags, *self.extras(folder)],
                always=True,
                log_file=folder / "build.log",
            )
        except (subprocess.CalledProcessError, RuntimeError, SystemExit) as error:
            log = (folder / "build.log").read_text()[-2000:]
            raise EngineError(f"building the simulation failed:\n{log}") from error
        finally:
            os.environ.clear()
            os.environ.update(before)

    def exchange(
        self,
        packets: npt.NDArray[np.uint64],
        answers: int,
        stalls: Stalls = NO_STALLS,
        progress: Callable[[int], None] = lambda answers: None,
    ) -> npt.NDArray[np.uint64]:
        self.folder()
        folder = Path(tempfile.mkdtemp(prefix="spikeloom-"))
        try:
            np.save(folder / "packets.npy", packets.astype(np.uint64), allow_pickle=False)
            job = {"answers": answers, "patience": _PATIENCE, "seed": stalls.seed,
                   "source": stalls.source, "sink": stalls.sink, "sleeps": self.sleeps}  # fmt: skip
            (folder / "job.json").write_text(json.dumps(job))
            self._simulate(folder, progress)
            return np.load(folder / "answers.npy", allow_pickle=False)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _simulate(self, folder: Path, progress: Callable[[int], None]) -> None:
        """Run the bench; cocotb's runner reports failure only in its results file."""
        command = [sys.executable, "-m", "cosim.engines.cocotb_process", str(self.folder()),
                   top_name(self.params)]  # fmt: skip
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, cwd=folder,
                env=os.environ | {"SPIKELOOM_BENCH": str(folder)},
            )  # fmt: skip
            try:
                while process.poll() is None and not self.stopped.is_set():
                    time.sleep(0.05)
                    progress(_progress(folder))
            finally:
                process.kill()
                process.wait()
        results = folder / "results.xml"
        passed = results.is_file() and get_results(results) == (1, 0)
        if process.returncode or not passed or not (folder / "answers.npy").is_file():
            raise EngineError(f"the simulation failed:\n{(folder / 'log').read_text()[-2000:]}")


def _progress(folder: Path) -> int:
    try:
        return int((folder / "progress").read_text() or 0)
    except (OSError, ValueError):
        return 0
