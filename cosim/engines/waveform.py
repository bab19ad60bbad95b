"""The batch engine with a waveform: the same model and driver, built with Verilator's tracing."""

import ctypes
import gzip
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mapper.mesh import MeshParams
from rtl.chips import top_name

from .base import NO_STALLS, EngineError, Stalls
from .batch import BatchEngine

__all__ = ["Recording", "WaveformEngine"]

_CODECS = Path(__file__).parent / "fst"
_FLAGS = ["--trace-fst", "-CFLAGS", "-I../.."]
_ROUTERS = 'tracing_off -file "*/mesh_router.v"'
"""What a router does shows in its ports. Its inside would be half of every file."""
_DATE = 202, 228
"""Where the header has it: behind type, length, eight words, a byte and the writer's name."""


@dataclass(frozen=True)
class Recording:
    """What to record: while the chip has given `first` <= answers < `last` (DONE and REPLY)."""

    path: Path
    first: int
    last: int


class WaveformEngine(BatchEngine):
    """Records the ports of all cores and routers, and all signals of core `core`.

    Verilator does not look into hierarchical blocks. So this core gets a copy of the cores'
    module, under another name, that is no such block: the time of the build does not
    depend on the size of the mesh. Exchanges of one build must not overlap.
    """

    name = "waveform"
    make = ("LDLIBS=-shared -pthread", "OPT_FAST=-O1")
    """Without the libraries that `fst/` stands in for; one sample needs no faster model."""

    def __init__(self, params: MeshParams, core: int) -> None:
        super().__init__(params, _FLAGS)
        self.core = core
        self.control = [_ROUTERS]
        self.cplusplus = (*self.cplusplus, *sorted(_CODECS.glob("*.h")))

    @property
    def scope(self) -> str:
        """Where the core's signals are in the file."""
        return f"TOP.{top_name(self.params)}.tile.core_{self.core}.shared"

    def verilog(self) -> dict[str, str]:
        files = super().verilog()
        return files if self.params.cores == 1 else _seen(files, top_name(self.params), self.core)

    def record(
        self,
        recording: Recording,
        packets: npt.NDArray[np.uint64],
        answers: int,
        stalls: Stalls = NO_STALLS,
        progress: Callable[[int], None] = lambda answers: None,
    ) -> tuple[npt.NDArray[np.uint64], range]:
        """`exchange`, and the cycles (since the reset) that are in the file `recording.path`.

        Raises EngineError when the window was never reached.
        """
        library = ctypes.CDLL(str(self.folder() / "chip.so"))
        library.spikeloom_record.argtypes = [ctypes.c_char_p, ctypes.c_uint64, ctypes.c_uint64]
        library.spikeloom_record.restype = None
        path = str(recording.path).encode()
        library.spikeloom_record(path, recording.first, recording.last)
        try:
            found = self.exchange(packets, answers, stalls, progress)
            ends = library.spikeloom_recorded_begin, library.spikeloom_recorded_end
            for end in ends:
                end.restype = ctypes.c_uint64
            cycles = range(*(int(end()) for end in ends))
        finally:
            library.spikeloom_record(b"", 0, 0)
        if not cycles:
            raise EngineError("the run ended before the window that was to be recorded")
        _pack(recording.path)
        return found, cycles


def _pack(path: Path) -> None:
    """Take the date out of an FST file, and compress it: the format's block for a whole gzip file.

    Block type, its length without the type, length of what is inside (GTKWave's fstapi.c).
    """
    content = path.read_bytes()
    first, last = _DATE
    content = content[:first] + bytes(last - first) + content[last:]
    packed = gzip.compress(content, mtime=0)
    path.write_bytes(struct.pack(">BQQ", 254, len(packed) + 16, len(content)) + packed)


def _seen(files: dict[str, str], top: str, core: int) -> dict[str, str]:
    """The Verilog with a module of its own for one core, and that module."""
    place = rf"(?s)(module \\{top}\.tile\.core_{core} .*?\n  )(\w+)( shared \()"
    found = re.search(place, files[f"{top}.v"])
    if found is None:
        raise EngineError(f"core {core} was not found in the Verilog of {top}")
    name = found[2]
    changed = re.sub(place, rf"\g<1>{name}_seen\3", files[f"{top}.v"], count=1)
    text = re.sub(rf"\b{name}\b", f"{name}_seen", files[f"{name}.v"])
    return files | {f"{top}.v": changed, f"{name}_seen.v": text}
