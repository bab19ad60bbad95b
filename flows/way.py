"""How a board is reached: which port, over which line, or simulated."""

from dataclasses import dataclass
from typing import Any

from cosim.board import Board
from cosim.board.spi_line import SPI_HZ
from mapper.errors import InputError
from mapper.image import Image
from rtl.link.uart_wires import BAUD

from .output import step

__all__ = ["Way"]


@dataclass(frozen=True)
class Way:
    """line: uart or spi; port: a name or URL, None to simulate; baud: of a UART, and spi_clock:
    in Hz, the usual if None; noise: of a simulated line, with a seed
    """

    line: str
    port: str | None
    simulate: bool
    baud: int | None = None
    spi_clock: int | None = None
    noise: float = 0.0
    seed: int = 0

    def open(self, image: Image[Any]) -> Board:
        """The board with the chip of the image, reset.

        Raises InputError for options that do not go together, and as `Board` does.
        """
        if (self.port is None) != self.simulate:
            raise InputError("give either --port PORT or --simulate")
        if self.line != "uart" and self.baud:
            raise InputError("--baud is for --line uart; SPI has --spi-clock")
        if self.line != "spi" and self.spi_clock:
            raise InputError("--spi-clock is for --line spi; a UART has --baud")
        if self.port is None:
            with step("building the simulated board (cached)"):
                return Board.simulated(image, self.noise, self.seed, self.line)
        if self.noise:
            raise InputError("--noise is for --simulate; a board's line has its own")
        if self.line == "spi":
            return Board.on_spi(image, self.port, self.spi_clock or SPI_HZ)
        return Board.on_port(image, self.port, self.baud or BAUD)
