"""The neuron step in hardware: decay -> integrate -> fire -> reset."""

from amaranth.hdl import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from mapper.crossbar.layout import DECAY_CODE, RESET_CODE
from mapper.crossbar.params import CoreParams
from mapper.semantics import DecayKind, Reset

from ..layouts import struct
from .neuron_control import NEURON

__all__ = ["NeuronStep"]


class NeuronStep(wiring.Component):
    """One neuron per cycle, LATENCY cycles each; `mapper.semantics` defines the arithmetic.

    v' = saturate(decay(v) + sum + bias); fired = v' >= threshold, unless silent or held; then the
    reset. A held neuron (reset `once`, after its spike) keeps its potential.

    Members
    -------
    v: In(signed(V)); held: In(1); sum: In(signed(sum_bits)); control: In(NEURON)
    threshold, bias: In(signed(V))
    v_next: Out(signed(V)); held_next, fired, saturated: Out(1), LATENCY cycles later
    """

    LATENCY = 2

    def __init__(self, core: CoreParams) -> None:
        v = signed(core.potential_bits)
        self.v_shape, self.sum_shape = v, signed(core.sum_bits)
        super().__init__({
            "v": In(v), "held": In(1), "sum": In(self.sum_shape),
            "control": In(struct(NEURON)), "threshold": In(v), "bias": In(v),
            "v_next": Out(v), "held_next": Out(1), "fired": Out(1), "saturated": Out(1),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        kept, decayed, current = self._stage_decay(m)
        v, saturates = self._saturate(m, decayed + current)
        # Registers between decay (cycle 1) and integrate, fire, reset (cycle 2).
        held, control = Signal(), Signal.like(self.control)
        threshold = Signal(self.v_shape)
        m.d.sync += [
            held.eq(self.held), control.eq(self.control), threshold.eq(self.threshold),
        ]  # fmt: skip
        fires = Signal()
        m.d.comb += fires.eq((v >= threshold) & ~held & ~control.silent)
        after = Signal(self.v_shape)
        m.d.comb += after.eq(v)
        with m.If(held):
            m.d.comb += after.eq(kept)
        with m.Elif(fires & (control.reset == RESET_CODE[Reset.ZERO])):
            m.d.comb += after.eq(0)
        with m.Elif(fires & (control.reset == RESET_CODE[Reset.SUBTRACT])):
            m.d.comb += after.eq(v - threshold)
        m.d.sync += [
            self.v_next.eq(after),
            self.fired.eq(fires),
            self.held_next.eq(held | (fires & (control.reset == RESET_CODE[Reset.ONCE]))),
            self.saturated.eq(saturates & ~held),
        ]
        return m

    def _stage_decay(self, m: Module) -> tuple[Signal, Signal, Signal]:
        """Registered: the potential as it was, decayed, and what arrives in this tick."""
        kept, decayed = Signal(self.v_shape), Signal(self.v_shape)
        wide = signed(max(self.sum_shape.width, self.v_shape.width) + 1)
        current = Signal(wide)
        shifted = Signal(self.v_shape)
        m.d.comb += shifted.eq(self.v >> self.control.amount)
        m.d.sync += [kept.eq(self.v), current.eq(self.sum + self.bias)]
        with m.Switch(self.control.decay):
            with m.Case(DECAY_CODE[DecayKind.NONE]):
                m.d.sync += decayed.eq(self.v)
            with m.Case(DECAY_CODE[DecayKind.SHIFT]):
                m.d.sync += decayed.eq(self.v - shifted)
            with m.Case(DECAY_CODE[DecayKind.HALVE]):
                m.d.sync += decayed.eq(shifted)
            with m.Default():
                m.d.sync += decayed.eq(0)
        return kept, decayed, current

    def _saturate(self, m: Module, total: Value) -> tuple[Signal, Signal]:
        """(the total clipped to the potential's range, whether it had to be)."""
        v, saturates, exact = Signal(self.v_shape), Signal(), Signal(total.shape())
        bits = self.v_shape.width
        sign = exact[-1]
        m.d.comb += [
            exact.eq(total),
            saturates.eq(exact[bits - 1 :] != sign.replicate(len(exact) - bits + 1)),
            v.eq(Mux(saturates, Cat((~sign).replicate(bits - 1), sign).as_signed(), exact)),
        ]
        return v, saturates
