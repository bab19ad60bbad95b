"""A serial line to the host."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from .uart_receiver import UartReceiver
from .uart_sender import UartSender
from .wires import Ends, Wires

__all__ = ["BAUD", "UartWires"]

BAUD = 1_000_000
"""Bits per second, unless told otherwise."""


@dataclass(frozen=True)
class UartWires(Wires):
    """A UART: 8 data bits, no parity, one stop bit. divisor: clock cycles per bit, at least 4"""

    divisor: int
    pins: ClassVar[Mapping[str, wiring.Member]] = {"rx": In(1, init=1), "tx": Out(1, init=1)}

    def attach(self, m: Module, to_host: stream.Interface) -> Ends:
        m.submodules.receiver = receiver = UartReceiver(self.divisor)
        m.submodules.sender = sender = UartSender(self.divisor)
        wiring.connect(m, to_host, sender.i)
        pins = {"rx": receiver.rx, "tx": sender.tx}
        return Ends(pins, receiver.byte, receiver.valid, receiver.error)
