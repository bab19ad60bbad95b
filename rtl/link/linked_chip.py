"""A chip with its link to a host: what a board holds, and what is simulated in its place."""

from amaranth.hdl import ClockDomain, ClockSignal, DomainRenamer, Module, ResetSignal, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import Out

from mapper.frames import design_word
from mapper.mesh import MeshParams
from mapper.packets import Kind

from ..chips import build_chip
from .line_link import LineLink
from .packet_link import DEPTH, PATIENCE
from .wires import Wires

__all__ = ["LinkedChip"]


class LinkedChip(wiring.Component):
    """The chip of `params` behind `wires`; a host can reset the chip, not the link.

    depth, patience: see PacketLink

    Members
    -------
    the pins of `wires`; active, error: Out(1), lamps
    """

    def __init__(
        self, params: MeshParams, wires: Wires, depth: int = DEPTH, patience: int = PATIENCE
    ) -> None:
        self.params, self.wires = params, wires
        self.link = LineLink(design_word(params, depth // 2), wires, depth, patience)
        super().__init__({**wires.pins, "active": Out(1), "error": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.link = link = self.link
        chip = build_chip(self.params)
        m.domains.chip = domain = ClockDomain(local=True)
        m.submodules.chip = DomainRenamer("chip")(chip)
        wiring.connect(m, link.to_chip, chip.i)
        wiring.connect(m, chip.o, link.from_chip)
        lost = Signal()  # until a reset: a packet of the chip had no destination
        with m.If(chip.o.valid & (chip.o.p.kind == Kind.DONE) & chip.o.p.address[0]):
            m.d.chip += lost.eq(1)
        m.d.comb += [domain.clk.eq(ClockSignal()), domain.rst.eq(ResetSignal() | link.reset)]
        for name, pin in self.wires.pins.items():
            inner, outer = getattr(link, name), getattr(self, name)
            m.d.comb += outer.eq(inner) if pin.flow is Out else inner.eq(outer)
        m.d.comb += [self.active.eq(link.active), self.error.eq(link.error | lost)]
        return m
