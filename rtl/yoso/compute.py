"""Compute: the arithmetic of a neuron, without any memory."""

from amaranth.hdl import Module, Mux, Signal, Value, signed
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from mapper.yoso.params import PeParams

from .operation import Kind, operand, result

__all__ = ["Compute"]


class Compute(wiring.Component):
    """One saturating addition per operation: a + weight, or v + a. Combinational.

    Members
    -------
    i: In(stream of operands); o: Out(stream of results), in step
    psp, silent: In(1), see `mapper.yoso.layout.MODE`; tick: In, that ends
    saturated: Out(1), in the cycle in which a result is taken
    """

    def __init__(self, pe: PeParams) -> None:
        self.pe = pe
        super().__init__({
            "i": In(stream.Signature(operand(pe))), "o": Out(stream.Signature(result(pe))),
            "psp": In(1), "silent": In(1), "tick": In(range(pe.ticks)), "saturated": Out(1),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        i, o = self.i.p, self.o.p
        clears, adds, updates = (i.kind == kind for kind in Kind)
        lives = ~i.state.fired
        a, a_beyond = self._add(m, "a", i.a, i.weight, self.pe.accumulator_bits)
        v, v_beyond = self._add(m, "v", i.state.v, i.a, self.pe.potential_bits)
        fires = Signal()
        m.d.comb += [
            self.o.valid.eq(self.i.valid), self.i.ready.eq(self.o.ready),
            fires.eq(updates & lives & ~self.silent & (v >= i.parameters.threshold)),
            o.a.eq(Mux(adds, a, Mux(updates & self.psp, i.a, 0))),
            o.state.eq(i.state),
            o.fires.eq(fires), o.spike.eq(i.parameters.spike),
            self.saturated.eq(self.i.valid & self.i.ready
                              & ((adds & a_beyond) | (updates & lives & v_beyond))),
        ]  # fmt: skip
        with m.If(clears):
            m.d.comb += Value.cast(o.state).eq(0)
        with m.Elif(updates & lives):
            m.d.comb += [
                o.state.v.eq(v), o.state.fired.eq(fires), o.state.tick.eq(Mux(fires, self.tick, 0))
            ]  # fmt: skip
        return m

    @staticmethod
    def _add(m: Module, name: str, x: Value, y: Value, bits: int) -> tuple[Signal, Value]:
        """(x + y, saturated to `bits`; whether it had to be)."""
        total = Signal(signed(max(len(x), len(y)) + 1), name=f"{name}_sum")
        low, high = -(1 << bits - 1), (1 << bits - 1) - 1
        kept = Signal(signed(bits), name=f"{name}_new")
        beyond = (total > high) | (total < low)
        m.d.comb += [
            total.eq(x + y),
            kept.eq(Mux(total > high, high, Mux(total < low, low, total))),
        ]
        return kept, beyond
