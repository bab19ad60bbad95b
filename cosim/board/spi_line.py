"""An SPI bus, by pyftdi: channel A of a USB bridge as the iCEBreaker's."""

import time

from mapper.errors import InputError
from mapper.frames import FLAG

from ..engines.base import EngineError
from .line import LATENCY, WINDOW, Line

__all__ = ["SPI_HZ", "SpiLine"]

SPI_HZ = 1_200_000
"""A tenth of the iCEBreaker's clock; the board bears an eighth."""
_BRIDGE_HZ = 30_000_000  # a bridge makes quotients of it
_SLOWEST_HZ = _BRIDGE_HZ // 0x10000 + 1
_MOMENT = 0.002  # seconds of a transaction, at least: USB needs as long


class SpiLine(Line):
    """port: URL of an FTDI bridge that knows MPSSE, as pyftdi has them: ftdi://ftdi:2232h/1
    hz: of sclk at most, an eighth of the board's clock or less

    Both ends speak at once, in transactions; who has nothing to say sends FLAGs. Raises InputError
    when the bridge cannot be opened.
    """

    def __init__(self, port: str, hz: int = SPI_HZ) -> None:
        if not _SLOWEST_HZ <= hz <= _BRIDGE_HZ:
            raise InputError(f"SPI clock {hz} Hz: must be in {_SLOWEST_HZ}..{_BRIDGE_HZ}")
        self.name, self._waiting = port, b""
        # pyftdi takes the nearest quotient, which may be faster than what the board bears.
        hz = _BRIDGE_HZ // -(-_BRIDGE_HZ // hz)
        self.patience = LATENCY + 8 * WINDOW / hz
        self._least = max(1, round(_MOMENT * hz / 8))
        self._open(port, hz)

    def _open(self, port: str, hz: int) -> None:
        from pyftdi.spi import SpiController  # here, since few need USB and its libraries
        from pyftdi.usbtools import UsbToolsError

        self._controller = SpiController(cs_count=1)
        try:
            if "?" in port:  # pyftdi would print what is there and end the process
                raise ValueError("give the URL of one bridge")
            self._controller.configure(port, frequency=hz)
            self._spi = self._controller.get_port(cs=0, freq=hz, mode=0)
        except (OSError, ValueError, NotImplementedError, UsbToolsError) as error:
            hint = " (libusb 1.0 is missing on this system)" if "backend" in str(error) else ""
            raise InputError(f"port {port} cannot be opened: {error}{hint}") from error

    def now(self) -> float:
        return time.monotonic()

    def write(self, data: bytes) -> None:
        self._waiting += data

    def read(self) -> bytes:
        # A window's packets at most, which pyftdi takes at once.
        sent, self._waiting = self._waiting.ljust(self._least, bytes([FLAG])), b""
        try:
            return bytes(self._spi.exchange(sent, duplex=True))
        except OSError as error:
            raise EngineError(f"port {self.name} is gone: {error}") from error

    def close(self) -> None:
        self._controller.close()
