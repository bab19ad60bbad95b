"""A simulated board behind a pseudo-terminal: programs take it for a serial port."""

import os
import select
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from .noise import Noise
from .simulated_board import SimulatedBoard

__all__ = ["Terminal", "open_terminal"]

_MOMENT = 4000  # clock cycles between two looks at the terminal: 50 bytes
_IDLE = 200  # moments without a byte after which the board has nothing left to do
_NAP = 0.02  # seconds; the board's clock goes on, slowly, while nothing happens
_MOST = 4096


class Terminal:
    """noise: on the line, both ways. path: of the serial port"""

    def __init__(self, board: SimulatedBoard, noise: Noise, master: int, path: str) -> None:
        self.board, self.noise, self._master, self.path = board, noise, master, path
        self.moved = 0

    def serve(self, stopped: Callable[[], bool] = lambda: False) -> None:
        """Let time pass at the board until `stopped`. moved: bytes so far, both ways"""
        waiting, quiet = b"", 0
        while not stopped():
            waiting += self.noise.hit(self._read(_NAP if quiet > _IDLE and not waiting else 0))
            taken, found = self.board.run(waiting, _MOMENT)
            waiting = waiting[taken:]
            quiet = 0 if taken or found else quiet + 1
            self.moved += taken + len(found)
            self._write(self.noise.hit(found))

    def _read(self, seconds: float) -> bytes:
        """What programs wrote. While none has the port open, reading fails on some systems."""
        if select.select([self._master], [], [], seconds)[0]:
            with suppress(OSError):
                return os.read(self._master, _MOST)
        return b""

    def _write(self, data: bytes) -> None:
        """A serial port whose reader is slow loses bytes."""
        if data:
            with suppress(BlockingIOError):
                os.write(self._master, data)


@contextmanager
def open_terminal(board: SimulatedBoard, noise: Noise) -> Iterator[Terminal]:
    """The pseudo-terminal is there within the block; the board is switched off behind it."""
    master, slave = os.openpty()
    try:
        tty.setraw(slave)
        os.set_blocking(master, False)
        yield Terminal(board, noise, master, os.ttyname(slave))
    finally:
        os.close(master)
        os.close(slave)  # kept open, so that the port outlives the programs that use it
        board.close()
