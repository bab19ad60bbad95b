"""The link with its line: packets on one side, pins on the other."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..layouts import packet_stream
from .packet_link import DEPTH, PATIENCE, PacketLink
from .pulse import Pulse
from .wires import Wires

__all__ = ["LineLink"]


class LineLink(wiring.Component):
    """PacketLink behind `wires`.

    Parameters
    ----------
    design, depth, patience: see PacketLink

    Members
    -------
    the pins of `wires`
    to_chip: Out(packet stream), from_chip: In(packet stream), reset: Out(1): see PacketLink
    active, error: Out(1), for lamps: a frame came; bytes were lost or damaged
    """

    def __init__(
        self, design: int, wires: Wires, depth: int = DEPTH, patience: int = PATIENCE
    ) -> None:
        self.wires, self.link = wires, PacketLink(design, depth, patience)
        super().__init__({
            **wires.pins, "to_chip": Out(packet_stream()), "from_chip": In(packet_stream()),
            "reset": Out(1), "active": Out(1), "error": Out(1),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.link = link = self.link
        ends = self.wires.attach(m, link.o)
        m.submodules.active = active = Pulse(link.patience)
        m.submodules.error = error = Pulse(link.patience)
        wiring.connect(m, link.to_chip, wiring.flipped(self.to_chip))
        wiring.connect(m, wiring.flipped(self.from_chip), link.from_chip)
        for name, pin in self.wires.pins.items():
            inner, outer = ends.pins[name], getattr(self, name)
            m.d.comb += outer.eq(inner) if pin.flow is Out else inner.eq(outer)
        m.d.comb += [
            self.reset.eq(link.reset), link.raw.eq(ends.byte), link.raw_valid.eq(ends.valid),
            active.event.eq(link.heard), self.active.eq(active.lamp),
            error.event.eq(link.trouble | ends.lost), self.error.eq(error.lamp),
        ]  # fmt: skip
        return m
