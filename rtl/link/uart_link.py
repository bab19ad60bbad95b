"""The link over a serial line."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..layouts import packet_stream
from .packet_link import DEPTH, PATIENCE, PacketLink
from .pulse import Pulse
from .uart_receiver import UartReceiver
from .uart_sender import UartSender

__all__ = ["UartLink"]


class UartLink(wiring.Component):
    """PacketLink behind a UART: 8 data bits, no parity, one stop bit.

    Parameters
    ----------
    divisor: clock cycles per bit, at least 4; design, depth, patience: see PacketLink

    Members
    -------
    rx: In(1), tx: Out(1), the pins
    to_chip: Out(packet stream), from_chip: In(packet stream), reset: Out(1): see PacketLink
    active, error: Out(1), for lamps: a frame came; bytes were lost or damaged
    """

    def __init__(
        self, design: int, divisor: int, depth: int = DEPTH, patience: int = PATIENCE
    ) -> None:
        self.divisor, self.link = divisor, PacketLink(design, depth, patience)
        super().__init__({
            "rx": In(1, init=1), "tx": Out(1, init=1), "to_chip": Out(packet_stream()),
            "from_chip": In(packet_stream()), "reset": Out(1), "active": Out(1), "error": Out(1),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.link = link = self.link
        m.submodules.receiver = receiver = UartReceiver(self.divisor)
        m.submodules.sender = sender = UartSender(self.divisor)
        m.submodules.active = active = Pulse(link.patience)
        m.submodules.error = error = Pulse(link.patience)
        wiring.connect(m, link.o, sender.i)
        wiring.connect(m, link.to_chip, wiring.flipped(self.to_chip))
        wiring.connect(m, wiring.flipped(self.from_chip), link.from_chip)
        m.d.comb += [
            receiver.rx.eq(self.rx), self.tx.eq(sender.tx), self.reset.eq(link.reset),
            link.raw.eq(receiver.byte), link.raw_valid.eq(receiver.valid),
            active.event.eq(link.heard), self.active.eq(active.lamp),
            error.event.eq(link.trouble | receiver.error), self.error.eq(error.lamp),
        ]  # fmt: skip
        return m
