"""A router of the mesh: five ports, one packet per cycle on each."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from mapper.packets import MESH_BITS

from ..arbiter import PacketArbiter
from ..layouts import packet_stream
from .router_input import RouterInput
from .routing import Port, sources

__all__ = ["MeshRouter"]


class MeshRouter(wiring.Component):
    """Takes packets at five inputs, queues them, and copies each to the outputs of its branches.

    A packet spends at least one cycle here. Its branches leave each when the output is free; those
    behind it at the same input wait until the last has left. Every output serves its inputs in
    turn. All `valid`, `ready` and payloads of the ports come from registers of this router alone,
    so no path leads through it within a cycle.

    Members
    -------
    i, o: In/Out(packet stream).array(5), indexed by `Port`; x, y: In(3), position in the mesh
    held: Out(1), a packet is here
    busy: Out(1), a packet is here or offered, or one has just left: the router needs its clock
    lost: Out(1), a packet without destination has been dropped
    """

    def __init__(self) -> None:
        ports = len(Port)
        super().__init__({
            "i": In(packet_stream()).array(ports), "o": Out(packet_stream()).array(ports),
            "x": In(MESH_BITS), "y": In(MESH_BITS),
            "held": Out(1), "busy": Out(1), "lost": Out(1),
        })  # fmt: skip
        self.inputs = {port: RouterInput(port) for port in Port}
        self.arbiters = {out: PacketArbiter(len(sources(out))) for out in Port}
        self.settles = Signal()  # the arbiters return to their first state one cycle later

    def elaborate(self, platform: object) -> Module:
        m = Module()
        for port, part in self.inputs.items():
            m.submodules[f"input_{port.name.lower()}"] = part
            wiring.connect(m, wiring.flipped(self.i[port]), part.i)
            m.d.comb += [part.x.eq(self.x), part.y.eq(self.y)]
        for out, arbiter in self.arbiters.items():
            m.submodules[f"output_{out.name.lower()}"] = arbiter
            wiring.connect(m, arbiter.o, wiring.flipped(self.o[out]))
            for port, request in zip(sources(out), arbiter.i, strict=True):
                part = self.inputs[port]
                m.d.comb += [
                    request.valid.eq(part.wants[out]),
                    request.payload.eq(part.packet),
                    part.taken[out].eq(request.ready),
                ]
        m.d.sync += self.settles.eq(self.held)
        m.d.comb += [
            self.held.eq(Cat(part.held for part in self.inputs.values()).any()),
            self.busy.eq(self.held | self.settles | Cat(i.valid for i in self.i).any()),
            self.lost.eq(Cat(part.lost for part in self.inputs.values()).any()),
        ]
        return m
