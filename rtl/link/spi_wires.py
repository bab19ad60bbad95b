"""An SPI bus to the host."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from .spi_peripheral import SpiPeripheral
from .wires import Ends, Wires

__all__ = ["BIT_CYCLES", "SpiWires"]

BIT_CYCLES = 8
"""Clock cycles per bit, at least."""


@dataclass(frozen=True)
class SpiWires(Wires):
    """An SPI bus on which the board is a peripheral, of BIT_CYCLES clock cycles per bit or more."""

    pins: ClassVar[Mapping[str, wiring.Member]] = {
        "sclk": In(1), "cs_n": In(1, init=1), "copi": In(1), "cipo": Out(1), "cipo_oe": Out(1),
    }  # fmt: skip

    def attach(self, m: Module, to_host: stream.Interface) -> Ends:
        m.submodules.peripheral = peripheral = SpiPeripheral()
        wiring.connect(m, to_host, peripheral.i)
        pins = {name: getattr(peripheral, name) for name in self.pins}
        return Ends(pins, peripheral.byte, peripheral.valid, peripheral.lost)
