"""The neuron step as docs/semantics.md has it, written out as plain expressions of integers."""

from amaranth.hdl import Array, Module, Mux, Signal, Value, signed
from amaranth.lib.wiring import In

from rtl.crossbar.neuron_step import NeuronStep

from .prover import Property

__all__ = ["NeuronProperties", "documented_decay", "documented_step"]

_ONCE = 3  # of reset; docs/chipimage.md numbers them, and the decays below


def documented_decay(v: Value, decay: Value, amount: Value) -> Value:
    """none, shift, halve, clear. Every shift is a constant one, which the amount picks."""
    shifted = Array(v >> k for k in range(8))[amount]
    return Array([v, v - shifted, shifted, 0])[decay]


def documented_step(
    m: Module, v: Value, held: Value, total: Value, threshold: Value, reset: Value, silent: Value
) -> list[Signal]:
    """[v, held, fired, saturated] after integrate, fire, reset.

    v: before the tick; total: decay(v) + sum + bias, exact, of which u is what fits a potential
    """
    bits = len(v)
    low, high = -(1 << bits - 1), (1 << bits - 1) - 1
    exact, u, after = Signal(signed(len(total))), Signal(signed(bits)), Signal(signed(bits + 1))
    v_next, held_next, fired, saturated = Signal(signed(bits)), Signal(), Signal(), Signal()
    m.d.comb += [
        exact.eq(total),
        u.eq(Mux(exact < low, low, Mux(exact > high, high, exact))),
        fired.eq(~held & ~silent & (u >= threshold)),
        after.eq(Array([u, 0, u - threshold, u])[reset]),  # none, zero, subtract, once
        v_next.eq(Mux(held, v, Mux(fired, after, u))),
        held_next.eq(held | (fired & (reset == _ONCE))),
        saturated.eq(~held & (exact != u)),
    ]
    return [v_next, held_next, fired, saturated]


class NeuronProperties(Property):
    """NeuronStep with any inputs: its first stage is the decay, its second one all the rest."""

    def __init__(self, step: NeuronStep) -> None:
        self.part = step
        inputs = {n: m for n, m in step.signature.members.items() if m.flow == In}
        super().__init__(inputs)

    def elaborate(self, platform: object) -> Module:
        m = self.start()
        m.submodules.step = step = self.part
        for name in self.signature.members:
            m.d.comb += Value.cast(getattr(step, name)).eq(Value.cast(getattr(self, name)))
        self._first(m)
        self._second(m)
        return m

    def _first(self, m: Module) -> None:
        step, control = self.part, self.control
        begun = self.before(m, self.valid[0])
        decayed = documented_decay(self.v, control.decay, control.amount)
        for found, expected in (
            (step.decayed, decayed), (step.current, self.sum + self.bias), (step.kept, self.v),
            (step.was_held, self.held), (step.limit, self.threshold),
            (Value.cast(step.rule), Value.cast(control)),
        ):  # fmt: skip
            self.claim(m, ~begun | (found == self.before(m, expected)))
            self.claim(m, begun | (found == self.before(m, found)))

    def _second(self, m: Module) -> None:
        step = self.part
        found = (step.v_next, step.held_next, step.fired, step.saturated)
        expected = documented_step(
            m, step.kept, step.was_held, step.decayed + step.current, step.limit,
            step.rule.reset, step.rule.silent,
        )  # fmt: skip
        done = self.before(m, self.valid[1])
        for value, outcome in zip(found, expected, strict=True):
            self.claim(m, ~done | (value == self.before(m, outcome)))
            self.claim(m, done | (value == self.before(m, value)))
