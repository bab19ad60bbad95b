"""A simulated board that is on: clock cycles, and bytes on its line."""

import ctypes

__all__ = ["DIVISOR", "SimulatedBoard"]

DIVISOR = 8
"""Clock cycles per bit: few, for a fast simulation."""


class SimulatedBoard:
    """A board that is on. cycle: clock cycles so far; lamps: (active, error)"""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library, self.cycle = library, 0
        self._board = ctypes.c_void_p(library.spikeloom_board_open(DIVISOR))

    @property
    def lamps(self) -> tuple[bool, bool]:
        """Whether the lamps are on."""
        found = self._library.spikeloom_board_lamps(self._board)
        return bool(found & 1), bool(found & 2)

    def run(self, data: bytes, cycles: int) -> tuple[int, bytes]:
        """Clock cycles; (bytes of `data` that have gone to the board, bytes that came from it)."""
        taken = ctypes.c_uint64()
        out = ctypes.create_string_buffer(cycles // (8 * DIVISOR) + 2)
        count = self._library.spikeloom_board_run(
            self._board, data, len(data), ctypes.byref(taken), out, cycles
        )
        self.cycle += cycles
        return taken.value, out.raw[:count]

    def close(self) -> None:
        """Switch it off."""
        if self._board:
            self._library.spikeloom_board_close(self._board)
            self._board = ctypes.c_void_p()
