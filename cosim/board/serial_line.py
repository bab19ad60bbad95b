"""A serial port, by pyserial: a board's, or the pseudo-terminal of a simulated one."""

import time
from contextlib import suppress

import serial

from mapper.errors import InputError
from rtl.link.uart_wires import BAUD

from ..engines.base import EngineError
from .line import LATENCY, WINDOW, Line

__all__ = ["SerialLine"]

_MOMENT = 0.01
_STUCK = 5.0  # seconds in which the port takes no byte


class SerialLine(Line):
    """port: as /dev/ttyUSB0, or a URL that pyserial knows, as socket://host:port

    Raises InputError when it cannot be opened.
    """

    def __init__(self, port: str, baud: int = BAUD) -> None:
        self.name, self.patience = port, LATENCY + 10 * WINDOW / baud
        try:
            self._port = serial.serial_for_url(
                port, baud, timeout=_MOMENT, write_timeout=_STUCK, exclusive=True
            )
            self._port.reset_input_buffer()
        except (OSError, ValueError) as error:  # SerialException is an OSError
            raise InputError(f"port {port} cannot be opened: {error}") from error
        with suppress(AttributeError, NotImplementedError, OSError, ValueError):
            self._port.set_low_latency_mode(True)  # only some drivers have it

    def now(self) -> float:
        return time.monotonic()

    def write(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except OSError as error:
            raise EngineError(f"port {self.name} takes no more bytes: {error}") from error

    def read(self) -> bytes:
        try:
            return self._port.read(max(1, self._port.in_waiting))
        except OSError as error:
            raise EngineError(f"port {self.name} is gone: {error}") from error

    def close(self) -> None:
        self._port.close()
