"""A chip on a board."""

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from mapper.errors import InputError, VerificationError
from mapper.frames import DESIGN, FABRIC_CODES, VERSION, design_word
from mapper.image import Image
from mapper.mesh import MeshParams
from rtl.link.uart_wires import BAUD

from ..live.chip import LiveChip
from ..live.connected import Connected, Progress
from .noise import Noise
from .port import BoardPort
from .serial_line import SerialLine
from .simulated_line import SimulatedLine
from .simulator import BoardSimulator
from .spi_line import SPI_HZ, SpiLine

__all__ = ["Board", "check_design", "described_design"]


def described_design(word: int) -> str:
    """In words."""
    found = {name: int(value) for name, value in DESIGN.unpack(word).items()}
    names = {code: name for name, code in FABRIC_CODES.items()}
    fabric = names.get(found["fabric"], f"unknown fabric {found['fabric']}")
    return f"{fabric}, {found['width']} x {found['height']} cores, digest {found['digest']:08x}"


def check_design(word: int, params: MeshParams, where: str) -> None:
    """InputError unless a board's DESIGN is that of a chip of these parameters."""
    version, window = (int(DESIGN.unpack(word)[name]) for name in ("version", "window"))
    if version != VERSION:
        raise InputError(f"{where}: the board's link has version {version}, this is {VERSION}; "
                         "make its bitstream again")  # fmt: skip
    right = design_word(params, window)
    if word != right:
        raise InputError(
            f"{where}: another design is on the board: {described_design(word)}; this image is "
            f"for {described_design(right)}: load the bitstream of this chip, or map the network "
            "onto the board's cores"
        )


class Linked(Connected):
    """port: to the board; design: what it holds, in words.

    Raises InputError when no board answers, or one with another chip.
    """

    def __init__(self, image: Image[Any], port: BoardPort) -> None:
        super().__init__(image)
        self.port = port
        self.restart()

    def restart(self) -> None:
        word = self.port.reset()
        check_design(word, self.image.params, self.port.line.name)
        self.design = described_design(word)

    def transfer(
        self, packets: Sequence[int], answers: int, progress: Progress
    ) -> npt.NDArray[np.uint64]:
        return self.port.exchange(np.array(packets, np.uint64), answers, progress)


class Board(LiveChip, Linked):
    """A live chip at the other end of a line. Close it, or use it in a `with`."""

    @classmethod
    def on_port(cls, image: Image[Any], port: str, baud: int = BAUD) -> Self:
        """The board at a serial port, see `SerialLine`. It is reset. Raises InputError when it
        cannot be reached, or holds another chip than that of the image.
        """
        return cls._at(image, BoardPort(SerialLine(port, baud)))

    @classmethod
    def on_spi(cls, image: Image[Any], port: str, hz: int = SPI_HZ) -> Self:
        """The board at an SPI bus of an FTDI chip, see `SpiLine`; otherwise as `on_port`."""
        return cls._at(image, BoardPort(SpiLine(port, hz)))

    @classmethod
    def simulated(
        cls, image: Image[Any], noise: float = 0.0, seed: int = 0, line: str = "uart"
    ) -> Self:
        """A new board in this process, simulated, with noise on its line (see `Noise`), which is
        "uart" or "spi".
        """
        on_line = Noise(noise, seed)
        board = BoardSimulator(image.params, line).switch_on()
        return cls._at(image, BoardPort(SimulatedLine(board, on_line)))

    @classmethod
    def _at(cls, image: Image[Any], port: BoardPort) -> Self:
        try:
            return cls(image, port)
        except BaseException:
            port.close()
            raise

    def program(self) -> None:
        """Reset the chip, program it and check every memory.

        Only words that are not 0 are written. If a memory held something else before, all are
        wiped first, at the second try. Raises VerificationError when one does not hold what
        was written.
        """
        self.reset()
        if self._load():
            self.exchange(np.concatenate([*self._session.checksums.wipes()]).tolist())
            self.reset()
            if corrupt := self._load():
                raise VerificationError("; ".join(corrupt))

    def close(self) -> None:
        """Let go of the port."""
        self.port.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()
