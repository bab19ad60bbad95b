"""PyVerilator: the Verilated chip as a Python object, for looking at single ports and cycles."""

import ctypes
import sys
import threading
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rtl.chips import top_name

from . import pyverilator_compat
from .base import NO_STALLS, Stalls
from .pyverilator_port import PacketPort
from .verilated import VerilatedEngine, run_tool

__all__ = ["PyVerilatorEngine"]

_CONTEXT = Path(__file__).with_name("fresh_context.cpp")
_FLAGS = ["-CFLAGS", "-O1"]
"""Python takes most of the time in every cycle; this halves the time of the build."""
_CONTROL = ['tracing_off -file "*/mesh_router.v"']
"""What a router does shows in its ports. Its inside would be half of every waveform file."""


class PyVerilatorEngine(VerilatedEngine):
    """Runs in this process; exchanges take turns."""

    name = "pyverilator"
    _turn = threading.Lock()  # models share Verilator's global state

    def build(self) -> None:
        """Let PyVerilator build its library, unless the cache has it."""
        repairs = [Path(pyverilator_compat.__file__).read_text(), _CONTEXT.read_text()]
        self.cached(repr((version("PyVerilator"), _FLAGS, repairs)), self._compile, _CONTROL)

    def _compile(self, folder: Path) -> None:
        top, context = top_name(self.params), folder / _CONTEXT.name
        context.write_text(_CONTEXT.read_text())
        run_tool(
            [sys.executable, "-m", "cosim.engines.pyverilator_build", str(folder / f"{top}.v"),
             *self.flags, *_FLAGS, str(folder / "control.vlt"), *self.extras(folder), str(context)],
            folder,
        )  # fmt: skip
        (folder / "obj" / f"V{top}").rename(folder / "chip.so")

    def open(self) -> PacketPort:
        """A new simulation, after reset; its memories hold zeros."""
        module = pyverilator_compat.load_pyverilator()
        library = str(self.folder() / "chip.so")
        ctypes.CDLL(library).spikeloom_fresh_context()
        port = PacketPort(module.PyVerilator(library))
        port.reset()
        return port

    def exchange(
        self,
        packets: npt.NDArray[np.uint64],
        answers: int,
        stalls: Stalls = NO_STALLS,
        progress: Callable[[int], None] = lambda answers: None,
    ) -> npt.NDArray[np.uint64]:
        with self._turn:
            words = self.open().exchange(packets.tolist(), answers, stalls, progress, self.stopped)
        return np.array(words, np.uint64)
