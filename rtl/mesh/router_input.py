"""A router's input: keeps a packet until every branch of it has left."""

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from mapper.packets import MESH_BITS

from ..layouts import PACKET_LAYOUT, packet_stream
from .routing import Port, branches

__all__ = ["RouterInput"]


class RouterInput(wiring.Component):
    """Two places, so that `i.ready` is a register's and a packet still passes in every cycle.

    Members
    -------
    i: In(packet stream); x, y: In(3), the router's position
    packet: Out(packet), the oldest one; wants: Out(5), bit per output that it must still leave by
    taken: In(5), the outputs, among those wanted, that take it in this cycle
    held: Out(1), a packet is here; lost: Out(1), it has no destination and is dropped
    """

    def __init__(self, port: Port) -> None:
        self.port = port
        super().__init__({
            "i": In(packet_stream()), "x": In(MESH_BITS), "y": In(MESH_BITS),
            "packet": Out(PACKET_LAYOUT), "wants": Out(len(Port)), "taken": In(len(Port)),
            "held": Out(1), "lost": Out(1),
        })  # fmt: skip
        self.head, self.spare = Signal(PACKET_LAYOUT), Signal(PACKET_LAYOUT)
        self.head_valid, self.spare_valid = Signal(), Signal()
        self.served = Signal(len(Port))  # branches of the head that have left already

    def elaborate(self, platform: object) -> Module:
        m = Module()
        targets, leaves, arrives = Signal(len(Port)), Signal(), Signal()
        found = branches(self.port, self.head, self.x, self.y)
        m.d.comb += [
            *(targets[out].eq(branch) for out, branch in found.items()),
            self.packet.eq(self.head),
            self.wants.eq(Mux(self.head_valid, targets & ~self.served, 0)),
            self.held.eq(self.head_valid),
            self.lost.eq(self.head_valid & (targets == 0)),
            leaves.eq((self.wants & ~self.taken) == 0),
            self.i.ready.eq(~self.spare_valid),
            arrives.eq(self.i.valid & self.i.ready),
        ]
        m.d.sync += self.served.eq(Mux(leaves, 0, self.served | self.taken))
        with m.If(leaves):
            m.d.sync += [
                self.head_valid.eq(self.spare_valid | arrives),
                self.spare_valid.eq(0),
                Value.cast(self.head).eq(
                    Mux(self.spare_valid, Value.cast(self.spare), Value.cast(self.i.payload))
                ),
            ]
        with m.Elif(arrives):
            m.d.sync += [self.spare.eq(self.i.payload), self.spare_valid.eq(1)]
        return m
