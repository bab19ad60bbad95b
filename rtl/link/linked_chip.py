"""A chip with its serial link: what a board holds, and what is simulated in its place."""

from amaranth.hdl import ClockDomain, ClockSignal, DomainRenamer, Module, ResetSignal, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from mapper.frames import design_word
from mapper.mesh import MeshParams
from mapper.packets import Kind

from ..chips import build_chip
from .packet_link import DEPTH, PATIENCE
from .uart_link import UartLink

__all__ = ["LinkedChip"]


class LinkedChip(wiring.Component):
    """The chip of `params` behind a UART of `divisor` clock cycles per bit; a host can reset the
    chip, not the link.

    depth, patience: see PacketLink

    Members
    -------
    rx: In(1), tx: Out(1), the pins; active, error: Out(1), lamps
    """

    def __init__(
        self, params: MeshParams, divisor: int, depth: int = DEPTH, patience: int = PATIENCE
    ) -> None:
        self.params = params
        self.link = UartLink(design_word(params, depth // 2), divisor, depth, patience)
        super().__init__({
            "rx": In(1, init=1), "tx": Out(1, init=1), "active": Out(1), "error": Out(1),
        })  # fmt: skip

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
        m.d.comb += [
            domain.clk.eq(ClockSignal()), domain.rst.eq(ResetSignal() | link.reset),
            link.rx.eq(self.rx), self.tx.eq(link.tx),
            self.active.eq(link.active), self.error.eq(link.error | lost),
        ]  # fmt: skip
        return m
