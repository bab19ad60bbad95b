"""A small queue of packets."""

from amaranth.hdl import Module, Value
from amaranth.lib import wiring
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.wiring import In, Out

from .layouts import packet_stream

__all__ = ["PacketQueue"]


class PacketQueue(wiring.Component):
    """Decouples two packet streams: neither side's ready or valid depends on the other side's,
    nor on a payload, within a cycle. One packet per cycle.

    Members
    -------
    i, o: In/Out(packet stream)
    """

    def __init__(self, depth: int) -> None:
        self.depth = depth
        super().__init__({"i": In(packet_stream()), "o": Out(packet_stream())})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        width = self.i.p.shape().size
        m.submodules.queue = queue = SyncFIFOBuffered(width=width, depth=self.depth)
        m.d.comb += [
            queue.w_data.eq(Value.cast(self.i.payload)),
            queue.w_en.eq(self.i.valid),
            self.i.ready.eq(queue.w_rdy),
            Value.cast(self.o.payload).eq(queue.r_data),
            self.o.valid.eq(queue.r_rdy),
            queue.r_en.eq(self.o.ready),
        ]
        return m
