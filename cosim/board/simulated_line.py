"""The line of a board that is simulated in this process."""

from .line import Line
from .noise import Noise
from .simulated_board import SimulatedBoard

__all__ = ["SimulatedLine"]

_CLOCK = 10e6  # of the board: what its time is counted in
_PATIENCE = 0.01
_MOMENT = 1600  # clock cycles, in which some 20 bytes pass


class SimulatedLine(Line):
    """noise: on the line, both ways. The same bytes and seed give the same run, whatever the time
    on this machine is.
    """

    name, patience = "simulated board", _PATIENCE

    def __init__(self, board: SimulatedBoard, noise: Noise) -> None:
        self.board, self.noise = board, noise
        self._waiting = b""

    def now(self) -> float:
        return self.board.cycle / _CLOCK

    def write(self, data: bytes) -> None:
        self._waiting += self.noise.hit(data)

    def read(self) -> bytes:
        taken, found = self.board.run(self._waiting, _MOMENT)
        self._waiting = self._waiting[taken:]
        return self.noise.hit(found)

    def close(self) -> None:
        self.board.close()
