"""Joins several packet streams into one, fairly."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .layouts import packet_stream

__all__ = ["PacketArbiter"]


class PacketArbiter(wiring.Component):
    """Round robin: after a packet of input i, input i + 1 comes first. One packet per cycle.

    Nobody starves: a waiting input is passed over at most once by each of the others.

    Members
    -------
    i: In(packet stream).array(inputs); o: Out(packet stream), combinational
    """

    def __init__(self, inputs: int) -> None:
        self.inputs = inputs
        super().__init__({"i": In(packet_stream()).array(inputs), "o": Out(packet_stream())})
        self.ahead = Signal(inputs)  # inputs that come before the wrap-around
        # A chosen but stalled input stays chosen, so that the payload holds while valid.
        self.held, self.previous, self.chosen = Signal(), Signal(inputs), Signal(inputs)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        n = self.inputs
        request, later, pick = Signal(n), Signal(n), Signal(n)
        m.d.comb += [
            request.eq(Cat(i.valid for i in self.i)),
            later.eq(request & self.ahead),
            pick.eq(Mux(later.any(), later & -later, request & -request)),
            self.o.valid.eq(request.any()),
        ]
        granted = Signal(self.o.p.shape().size)
        chosen = self.chosen
        m.d.comb += chosen.eq(Mux(self.held, self.previous, pick))
        for i, source in enumerate(self.i):
            m.d.comb += source.ready.eq(chosen[i] & self.o.ready)
            with m.If(chosen[i]):
                m.d.comb += granted.eq(Value.cast(source.payload))
        m.d.comb += Value.cast(self.o.payload).eq(granted)
        m.d.sync += [self.held.eq(self.o.valid & ~self.o.ready), self.previous.eq(chosen)]
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += self.ahead.eq(~(chosen | (chosen - 1)))
        with m.Elif(~self.o.valid):
            m.d.sync += self.ahead.eq(0)  # so that a tick's cycles do not depend on earlier ticks
        return m
