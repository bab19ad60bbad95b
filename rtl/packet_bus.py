"""A simple interconnect: one shared bus, one packet per cycle, multicast by broadcast."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from mapper.crossbar.params import ChipParams
from mapper.packets import Kind

from .arbiter import PacketArbiter
from .layouts import PACKET_LAYOUT, packet_stream

__all__ = ["PacketBus"]


class PacketBus(wiring.Component):
    """Stands where the mesh of routers will: the same packets, the same ports.

    A packet leaves when every core of its rectangle has taken it, each at its own time, so none
    is lost or duplicated. Order is kept from each source to each destination.

    Members
    -------
    host_i, host_o: In/Out(packet stream)
    core_i: In(packet stream).array(cores), what cores send; core_o: Out(...).array(cores)
    idle: Out(1), nothing is on the bus and no core waits for it
    lost: Out(1), a packet's rectangle holds no core; it is dropped
    """

    def __init__(self, params: ChipParams) -> None:
        self.params = params
        cores = params.cores
        super().__init__({
            "host_i": In(packet_stream()), "host_o": Out(packet_stream()),
            "core_i": In(packet_stream()).array(cores),
            "core_o": Out(packet_stream()).array(cores),
            "idle": Out(1), "lost": Out(1),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        n = self.params.cores
        m.submodules.arbiter = arbiter = PacketArbiter(n + 1)
        wiring.connect(m, wiring.flipped(self.host_i), arbiter.i[0])
        for i in range(n):
            wiring.connect(m, wiring.flipped(self.core_i[i]), arbiter.i[i + 1])

        packet = Signal(PACKET_LAYOUT)
        pending, accepted, targets = Signal(n + 1), Signal(n + 1), Signal(n + 1)  # host first
        sinks = [self.host_o, *self.core_o]
        m.d.comb += [
            accepted.eq(Cat(s.ready for s in sinks) & pending),
            arbiter.o.ready.eq((pending & ~accepted) == 0),
            targets.eq(self._targets(arbiter.o.p)),
            self.lost.eq(arbiter.o.valid & arbiter.o.ready & (targets == 0)),
            # The host's own packets do not count: its gate waits for this very signal.
            self.idle.eq((pending == 0) & ~Cat(i.valid for i in self.core_i).any()),
        ]
        for i, sink in enumerate(sinks):
            m.d.comb += [sink.valid.eq(pending[i]), sink.payload.eq(packet)]
        with m.If(arbiter.o.ready):
            m.d.sync += [
                pending.eq(Mux(arbiter.o.valid, targets, 0)),
                packet.eq(arbiter.o.payload),
            ]
        with m.Else():
            m.d.sync += pending.eq(pending & ~accepted)
        return m

    def _targets(self, packet: wiring.PureInterface) -> Value:
        """One bit per destination: the host, then the cores of the rectangle."""
        to_host = (packet.kind >= Kind.REPLY) & (packet.kind <= Kind.DONE)
        inside = []
        for i in range(self.params.cores):
            x, y = self.params.position(i)
            inside.append(
                ~to_host & (packet.x0 <= x) & (x <= packet.x1) & (packet.y0 <= y) & (y <= packet.y1)
            )
        return Cat(to_host, *inside)
