"""Simulated boards: the Verilog of a chip with its link, and the other end of its line."""

import ctypes
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mapper.errors import InputError
from mapper.mesh import MeshParams
from rtl.link.linked_chip import LinkedChip
from rtl.link.spi_wires import BIT_CYCLES, SpiWires
from rtl.link.uart_wires import UartWires
from rtl.link.wires import Wires
from rtl.verilog import component_verilog

from ..engines.base import NO_STALLS, Stalls
from ..engines.batch import BatchEngine
from .noise import Noise
from .port import BoardPort
from .simulated_board import DIVISOR, SimulatedBoard
from .simulated_line import SimulatedLine

__all__ = ["BoardSimulator"]

_PATIENCE = 16
"""Logarithm of the board's patience in cycles, short for a fast simulation."""
_TOP = "linked_chip"
_WIRES: dict[str, Wires] = {"uart": UartWires(DIVISOR), "spi": SpiWires()}
"""Line -> the board's end; the host's is in LINE_driver.cpp."""
assert DIVISOR == BIT_CYCLES  # the fastest SPI


@lru_cache(maxsize=8)
def _verilog(params: MeshParams, line: str) -> dict[str, str]:
    return component_verilog(_linked(params, line), _TOP)


def _linked(params: MeshParams, line: str) -> LinkedChip:
    return LinkedChip(params, _WIRES[line], patience=_PATIENCE)


class BoardSimulator(BatchEngine):
    """Makes simulated boards with a chip of `params`, whose line is "uart" or "spi". As an engine
    it is one behind its link.
    """

    name = "board"

    def __init__(self, params: MeshParams, line: str = "uart") -> None:
        super().__init__(params)
        self.line = line
        names = f"{line}_driver.cpp", "board_driver.h"
        self.cplusplus = tuple(Path(__file__).with_name(name) for name in names)

    @property
    def top(self) -> str:
        return _TOP

    def linked(self) -> LinkedChip:
        """What is simulated."""
        return _linked(self.params, self.line)

    def verilog(self) -> dict[str, str]:
        return dict(_verilog(self.params, self.line))

    def _library(self) -> ctypes.CDLL:
        library = ctypes.CDLL(str(self.folder() / "chip.so"))
        library.spikeloom_board_open.argtypes = [ctypes.c_uint64]
        library.spikeloom_board_open.restype = ctypes.c_void_p
        library.spikeloom_board_run.restype = ctypes.c_uint64
        u64, pointer = ctypes.c_uint64, ctypes.c_void_p
        library.spikeloom_board_run.argtypes = [
            pointer, ctypes.c_char_p, u64, ctypes.POINTER(u64), ctypes.c_char_p, u64
        ]  # fmt: skip
        return library

    def switch_on(self) -> SimulatedBoard:
        """A new board, after power-up; its memories hold zeros."""
        return SimulatedBoard(self._library())

    def exchange(
        self,
        packets: npt.NDArray[np.uint64],
        answers: int,
        stalls: Stalls = NO_STALLS,
        progress: Callable[[int], None] = lambda answers: None,
    ) -> npt.NDArray[np.uint64]:
        if stalls != NO_STALLS:
            raise InputError("a board's line takes no stalls, it has noise")
        port = BoardPort(SimulatedLine(self.switch_on(), Noise(0)))
        try:
            port.reset()
            return port.exchange(packets, answers, progress)
        finally:
            port.close()
