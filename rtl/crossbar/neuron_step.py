"""The neuron step in hardware: decay -> integrate -> fire -> reset."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from mapper.crossbar.layout import DECAY_CODE, RESET_CODE
from mapper.crossbar.params import CoreParams
from mapper.pim.params import MacroParams
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
    valid: In(LATENCY), valid[i]: stage i does something (registers keep still otherwise)
    v: In(signed(V)); held: In(1); sum: In(signed(sum_bits)); control: In(NEURON)
    threshold, bias: In(signed(V))
    v_next: Out(signed(V)); held_next, fired, saturated: Out(1), LATENCY cycles later
    """

    LATENCY = 2

    def __init__(self, core: CoreParams | MacroParams) -> None:
        v = signed(core.potential_bits)
        self.v_shape, self.sum_shape = v, signed(core.sum_bits)
        super().__init__({
            "valid": In(self.LATENCY),
            "v": In(v), "held": In(1), "sum": In(self.sum_shape),
            "control": In(struct(NEURON)), "threshold": In(v), "bias": In(v),
            "v_next": Out(v), "held_next": Out(1), "fired": Out(1), "saturated": Out(1),
        })  # fmt: skip
        # Registers between decay (stage 0) and integrate, fire, reset (stage 1).
        self.kept, self.decayed, self.limit = (
            Signal(v, reset_less=True, name=n) for n in ("kept", "decayed", "threshold")
        )
        wide = signed(max(core.sum_bits, core.potential_bits) + 1)
        self.current = Signal(wide, reset_less=True, name="current")
        self.was_held = Signal(reset_less=True, name="held")
        self.rule = Signal(struct(NEURON), reset_less=True, name="control")

    def elaborate(self, platform: object) -> Module:
        m = Module()
        kept, decayed, current = self.kept, self.decayed, self.current
        held, threshold, control = self.was_held, self.limit, self.rule
        with m.If(self.valid[0]):
            m.d.sync += [
                kept.eq(self.v), held.eq(self.held), control.eq(self.control),
                threshold.eq(self.threshold), current.eq(self.sum + self.bias),
                decayed.eq(self._decayed()),
            ]  # fmt: skip
        v, saturates = self._saturate(m, decayed + current)
        fires = Signal()
        m.d.comb += fires.eq((v >= threshold) & ~held & ~control.silent)
        zero = fires & (control.reset == RESET_CODE[Reset.ZERO])
        subtract = fires & (control.reset == RESET_CODE[Reset.SUBTRACT])
        once = fires & (control.reset == RESET_CODE[Reset.ONCE])
        with m.If(self.valid[1]):
            m.d.sync += [
                self.v_next.eq(
                    Mux(held, kept, Mux(zero, 0, v - Mux(subtract, threshold, 0)))
                ),
                self.fired.eq(fires),
                self.held_next.eq(held | once),
                self.saturated.eq(saturates & ~held),
            ]  # fmt: skip
        return m

    def _decayed(self) -> Value:
        kind = self.control.decay
        shifted = (self.v >> self.control.amount)[: self.v_shape.width].as_signed()
        base = Mux(
            (kind == DECAY_CODE[DecayKind.NONE]) | (kind == DECAY_CODE[DecayKind.SHIFT]), self.v, 0
        )
        less = Mux(kind == DECAY_CODE[DecayKind.SHIFT], shifted, 0)
        more = Mux(kind == DECAY_CODE[DecayKind.HALVE], shifted, 0)
        return base - less + more

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
