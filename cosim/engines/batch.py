"""The batch engine: the Verilated chip with a C++ driver, for whole data sets.

Packets in and out are numpy arrays, passed through ctypes; there is no Python per cycle. The
handshake is the one that cocotb drives.
"""

import ctypes
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from mapper.packets import PACKET, Kind

from ..tools import verilator_command
from .base import NO_STALLS, EngineError, Stalls
from .verilated import VerilatedEngine, run_tool

__all__ = ["BatchEngine"]

_DRIVER, *_HEADERS = (
    Path(__file__).with_name(name) for name in ("batch_driver.cpp", "counts.h", "waveform.h")
)
_PATIENCE = 10_000_000
_POLL_SECONDS = 0.05
_FAILURES = {
    -1: "the chip fell silent with answers missing",
    -2: "the chip sent more packets than it can have reason to",
    -3: "the run was stopped",
}
_U64 = np.ctypeslib.ndpointer(np.uint64, flags="C")


class BatchEngine(VerilatedEngine):
    """Runs in this process; calls from several threads run in parallel."""

    name = "batch"
    cplusplus: tuple[Path, ...] = (_DRIVER, *_HEADERS)
    """The driver, and headers."""
    control: Sequence[str] = ()
    """More lines of Verilator's control file."""
    make: ClassVar[tuple[str, ...]] = ()
    """Variables of the make file."""

    def build(self) -> None:
        """Verilate and compile to a shared library, unless the cache has it."""
        texts = {file.name: file.read_text() for file in self.cplusplus}
        key = repr((sorted(texts.items()), self.make))
        self.cached(key, lambda folder: self._compile(folder, texts), [*self.control])

    def _compile(self, folder: Path, texts: dict[str, str]) -> None:
        for name, text in texts.items():
            (folder / name).write_text(text)
        run_tool(
            [str(verilator_command()), "--cc", "--exe", "-Mdir", "obj", "--prefix", "Vtop",
             "--top-module", self.top, "-o", "chip.so",
             "-CFLAGS", "-fPIC -I..", "-LDFLAGS", "-shared",
             *self.flags, *self.sources(folder), *self.extras(folder),
             str(folder / self.cplusplus[0].name)],
            folder,
        )  # fmt: skip
        run_tool(["make", "-C", "obj", "-f", self.makefile, *self.make], folder)
        (folder / "obj" / "chip.so").rename(folder / "chip.so")

    def _library(self) -> ctypes.CDLL:
        library = ctypes.CDLL(str(self.folder() / "chip.so"))
        u64, f64 = ctypes.c_uint64, ctypes.c_double
        library.spikeloom_exchange.restype = ctypes.c_int64
        library.spikeloom_exchange.argtypes = [
            _U64, u64, u64, _U64, _U64, u64, f64, f64, u64, u64, u64, _U64
        ]  # fmt: skip
        if library.spikeloom_kind_output() != Kind.OUTPUT:
            raise EngineError("the driver's packet kinds are not those of mapper.packets")
        return library

    def exchange(
        self,
        packets: npt.NDArray[np.uint64],
        answers: int,
        stalls: Stalls = NO_STALLS,
        progress: Callable[[int], None] = lambda answers: None,
    ) -> npt.NDArray[np.uint64]:
        return self.stamped(packets, answers, stalls, progress)[0]

    def stamped(
        self,
        packets: npt.NDArray[np.uint64],
        answers: int,
        stalls: Stalls = NO_STALLS,
        progress: Callable[[int], None] = lambda answers: None,
    ) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
        """As `exchange`; and in which clock cycle after the reset each packet came."""
        library = self._library()
        # Each tick may bring one OUTPUT per neuron; twice as many packets mean a broken chip.
        ticks = int((PACKET.unpack(packets)["kind"] == Kind.TICK).sum())
        capacity = answers + 1024 + 2 * ticks * self.params.neurons
        capacity = min(capacity, answers * 64 + 1_000_000)
        received, stamps = np.empty(capacity, np.uint64), np.empty(capacity, np.uint64)
        shared = np.zeros(2, np.uint64)
        result: list[int] = []

        def run() -> None:
            result.append(
                library.spikeloom_exchange(
                    np.ascontiguousarray(packets, np.uint64), len(packets), answers,
                    received, stamps, capacity, stalls.source, stalls.sink, stalls.seed,
                    _PATIENCE, PACKET.offset("kind"), shared,
                )
            )  # fmt: skip

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        try:
            while thread.is_alive() and not self.stopped.is_set():
                thread.join(_POLL_SECONDS)
                progress(int(shared[0]))
        finally:
            shared[1] = 1  # on Ctrl-C, and harmless after the end
            thread.join()
        if not result or result[0] < 0:
            raise EngineError(_FAILURES[result[0] if result else -3])
        return received[: result[0]].copy(), stamps[: result[0]].copy()
