"""What carries bytes between a board and its host: a serial line, or another one."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from amaranth.hdl import Module, Value
from amaranth.lib import stream, wiring

__all__ = ["Ends", "Wires"]


@dataclass(frozen=True)
class Ends:
    """What the hardware behind a line's pins has to connect.

    pins: name -> the signal that is to have, or to drive, the pin's level
    byte: 8 bits, with valid: a byte came from the host, for one cycle; it cannot wait
    lost: bits did not make a byte, for one cycle
    """

    pins: Mapping[str, Value]
    byte: Value
    valid: Value
    lost: Value


class Wires(ABC):
    """A line to the host. A new one is a subclass, and an entry in `rtl.boards.lines`.

    pins: name -> In or Out, as the board has it. Where there is a pin NAME_oe, the pin NAME is
        driven only while that is 1
    """

    pins: ClassVar[Mapping[str, wiring.Member]]

    @abstractmethod
    def attach(self, m: Module, to_host: stream.Interface) -> Ends:
        """Add the line's hardware to `m`; it takes the bytes of `to_host`."""
