"""The host's side of a mesh: queues, tick barrier, one stream in and one out."""

from amaranth.hdl import Module, Mux, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..layouts import packet_stream
from ..packet_queue import PacketQueue

__all__ = ["HostPort"]

_QUEUE = 8
"""Packets that may wait in each direction."""


class HostPort(wiring.Component):
    """Sits at the western edge of router (0, 0).

    gate: the fabric's barrier, a component with the members of `rtl.crossbar.tick_gate.TickGate`

    Queues make the host's ready and valid depend on registers alone.

    Members
    -------
    i, o: In/Out(packet stream), the host; mesh_i, mesh_o: In/Out(packet stream), the mesh
    idle: In(1), nothing in flight in the mesh, no core at work; lost: In(1)
    """

    def __init__(self, gate: wiring.Component) -> None:
        self.gate = gate
        super().__init__({
            "i": In(packet_stream()), "o": Out(packet_stream()),
            "mesh_i": In(packet_stream()), "mesh_o": Out(packet_stream()),
            "idle": In(1), "lost": In(1),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.gate = gate = self.gate
        m.submodules.queue_i = queue_i = PacketQueue(_QUEUE)
        m.submodules.queue_o = queue_o = PacketQueue(_QUEUE)
        wiring.connect(m, wiring.flipped(self.i), queue_i.i)
        wiring.connect(m, queue_i.o, gate.i)
        wiring.connect(m, gate.o, wiring.flipped(self.mesh_o))
        wiring.connect(m, queue_o.o, wiring.flipped(self.o))
        m.d.comb += [
            gate.idle.eq(self.idle),
            gate.lost.eq(self.lost),
            # The mesh is empty when a tick is done, so the two never compete.
            queue_o.i.valid.eq(self.mesh_i.valid | gate.done.valid),
            queue_o.i.payload.eq(Mux(gate.done.valid, Value.cast(gate.done.payload),
                                  Value.cast(self.mesh_i.payload))),
            self.mesh_i.ready.eq(queue_o.i.ready & ~gate.done.valid),
            gate.done.ready.eq(queue_o.i.ready),
        ]  # fmt: skip
        return m
