"""Load: asks the memories for what an operation needs, and hands it to compute."""

from amaranth.hdl import Module, Mux, Signal, Value, signed
from amaranth.lib import stream, wiring
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.wiring import In, Out

from mapper.yoso.params import PeParams

from .operation import operand, operation, parameters, state

__all__ = ["Load"]

_OPERANDS = 4
"""Operands that may wait for compute; enough to ask for one in every cycle."""


class Load(wiring.Component):
    """One operation per cycle. One whose neuron's last result is not stored yet waits.

    Members
    -------
    i: In(stream of operations); o: Out(stream of operands)
    neuron: Out, asked for; hit: In(1), its store is still to come
    stores_ready: In(1), one more store may be announced
    reads: Out(1), the memories answer in the next cycle: total (a), state, parameters, weight: In
    busy: Out(1)
    """

    def __init__(self, pe: PeParams) -> None:
        self.pe = pe
        super().__init__({
            "i": In(stream.Signature(operation(pe))), "o": Out(stream.Signature(operand(pe))),
            "neuron": Out(range(pe.neurons)), "hit": In(1), "stores_ready": In(1),
            "reads": Out(1), "total": In(signed(pe.accumulator_bits)), "state": In(state(pe)),
            "parameters": In(parameters(pe)), "weight": In(signed(pe.weight_bits)),
            "busy": Out(1),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.operands = operands = SyncFIFOBuffered(
            width=operand(self.pe).size, depth=_OPERANDS
        )
        asked, kind, found = Signal(), Signal(2), Signal(operand(self.pe))
        room = operands.level + asked < _OPERANDS
        m.d.comb += [
            self.neuron.eq(self.i.p.neuron),
            self.i.ready.eq(room & self.stores_ready & ~self.hit),
            self.reads.eq(self.i.valid & self.i.ready),
            found.kind.eq(kind), found.weight.eq(self.weight), found.a.eq(self.total),
            found.state.eq(self.state), found.parameters.eq(self.parameters),
            operands.w_en.eq(asked), operands.w_data.eq(Value.cast(found)),
            self.o.valid.eq(operands.r_rdy), Value.cast(self.o.payload).eq(operands.r_data),
            operands.r_en.eq(self.o.ready),
            self.busy.eq(asked | (operands.level != 0)),
        ]  # fmt: skip
        m.d.sync += [asked.eq(self.reads), kind.eq(Mux(self.reads, self.i.p.kind, kind))]
        return m
