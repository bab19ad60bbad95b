"""From the banks' sums to the neurons' weighted sums, channel after channel."""

from amaranth.hdl import Array, Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from mapper.pim.params import MacroParams

from .stacking import sets

__all__ = ["Drain", "NeuronSum"]


class NeuronSum(data.StructLayout):
    """The weighted sum of a neuron; last: of the sample."""

    def __init__(self, macro: MacroParams) -> None:
        super().__init__({
            "neuron": range(macro.neurons), "channel": range(macro.channels),
            "sum": signed(macro.sum_bits), "last": 1,
        })  # fmt: skip


class Drain(wiring.Component):
    """One sum per cycle. Members
    -------
    begin: In(1), of a sample: neurons are numbered from 0 on
    drain: In(1), a position's sums are there, until `drained`: Out(1); final: In(1), the last
    channels, stack: In, registers
    block: Out; totals: In(signed(partial_bits)).array(banks * lanes), of that block
    o: Out(stream NeuronSum)
    """

    def __init__(self, macro: MacroParams) -> None:
        self.macro = macro
        super().__init__({
            "begin": In(1), "drain": In(1), "drained": Out(1), "final": In(1),
            "channels": In(range(macro.channels + 1)), "stack": In(range(4)),
            "block": Out(range(max(macro.blocks, 2))),
            "totals": In(signed(macro.partial_bits)).array(macro.banks * macro.lanes),
            "o": Out(stream.Signature(NeuronSum(macro))),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        macro = self.macro
        neuron, channel = Signal(range(macro.neurons)), Signal(range(macro.channels))
        lane, which = Signal(range(macro.lanes)), Signal(range(macro.banks))
        last_set, moves, last = Signal(), Signal(), Signal()
        m.d.comb += [
            moves.eq(self.drain & (~self.o.valid | self.o.ready)),
            last_set.eq(which + 1 == sets(macro, self.stack)),
            last.eq(channel + 1 == self.channels),
            self.drained.eq(moves & last),
        ]
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(moves):
            m.d.sync += [
                self.o.valid.eq(1),
                self.o.p.neuron.eq(neuron), self.o.p.channel.eq(channel),
                self.o.p.sum.eq(self._sum(lane, which)), self.o.p.last.eq(last & self.final),
                neuron.eq(neuron + 1),
                channel.eq(Mux(last, 0, channel + 1)),
                which.eq(Mux(last | last_set, 0, which + 1)),
            ]  # fmt: skip
            with m.If(last):
                m.d.sync += [lane.eq(0), self.block.eq(0)]
            with m.Elif(last_set):
                m.d.sync += Cat(lane[: macro.lanes.bit_length() - 1], self.block).eq(
                    Cat(lane[: macro.lanes.bit_length() - 1], self.block) + 1
                )
        with m.If(self.begin):
            m.d.sync += neuron.eq(0)
        return m

    def _sum(self, lane: Value, which: Value) -> Value:
        """Of the banks of a set."""
        macro = self.macro
        totals = [self.totals[b * macro.lanes : (b + 1) * macro.lanes] for b in range(macro.banks)]
        sums: list[Value] = [Array(t)[lane] for t in totals]
        by_stack = []
        while sums:
            by_stack.append(Array(sums)[which])
            sums = [a + b for a, b in zip(sums[::2], sums[1::2], strict=False)]
        return Array(by_stack)[self.stack]
