"""Lines to the host that a board can have. A new one is one entry here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mapper.errors import InputError

from ..link.spi_wires import BIT_CYCLES, SpiWires
from ..link.uart_wires import BAUD, UartWires
from ..link.wires import Wires
from .serial import serial_divisor

__all__ = ["LINES", "HostLine"]


@dataclass(frozen=True)
class HostLine:
    """name: among LINES; facts: for reports, baud, or sclk_hz: of an SPI bus, at most"""

    name: str
    wires: Wires
    facts: Mapping[str, int]


def _uart(hz: int, baud: int | None) -> HostLine:
    baud = baud or BAUD
    return HostLine("uart", UartWires(serial_divisor(hz, baud)), {"baud": baud})


def _spi(hz: int, baud: int | None) -> HostLine:
    if baud:
        raise InputError("a baud rate is for a UART: the host sets the clock of an SPI bus")
    return HostLine("spi", SpiWires(), {"sclk_hz": hz // BIT_CYCLES})


LINES: dict[str, Callable[[int, int | None], HostLine]] = {"uart": _uart, "spi": _spi}
"""Name -> the line of a chip with a clock of so many Hz; baud: bits per second of a UART, None for
the usual ones. InputError for what cannot be.
"""
