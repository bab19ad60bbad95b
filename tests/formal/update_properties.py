"""The end of a tick, from counts to potentials and fired flags, column after column."""

from types import SimpleNamespace
from typing import Any

from amaranth.hdl import Assume, Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import memory
from amaranth.lib.wiring import In

from rtl.crossbar.update_pipeline import UpdatePipeline

from .prover import Property, opened

__all__ = ["UpdateProperties"]

_SMALL: Any = SimpleNamespace(
    update_lanes=1, neurons=2, chunks=2, row_bits=1, column_bits=1, banks=1, bank_bits=0,
    count_bits=1, sum_bits=10, potential_bits=3, fired_word=1,
)  # fmt: skip
"""One lane, so that every neuron of several columns straddles chunks."""


class UpdateProperties(Property):
    """Free are counts, parameters, potentials, and accesses between ticks. `any_column` is the
    one whose state is watched.
    """

    LATENCY = 5

    def __init__(self, pipeline: type[UpdatePipeline] = UpdatePipeline) -> None:
        self.core = _SMALL
        self.part = pipeline(self.core)
        super().__init__({
            "i_valid": In(1), "i_chunk": In(1), "fresh": In(1), "count": In(self.core.count_bits),
            "address": In(16), "space": In(1), "w_en": In(1), "w_data": In(32),
            "any_column": In(1),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = self.start()
        m.submodules.part = inside = opened(self.part)
        self.columns = inside.submodules.columns
        self.lane = opened(inside.submodules.lane_0._inner)
        self._environment(m)
        self._follow(m)
        return m

    def _environment(self, m: Module) -> None:
        """Chunks come in order, one per cycle, a tick's after the last one's have gone."""
        part, bus = self.part, self.part.bus
        goes_on, chunk = self.before(m, self.i_valid), self.before(m, self.i_chunk)
        m.d.comb += [
            part.i_valid.eq(self.i_valid), part.i_chunk.eq(self.i_chunk),
            part.fresh.eq(self.fresh), part.counts[0].eq(self.count),
            *(getattr(bus, n).eq(getattr(self, n)) for n in ("address", "space", "w_en", "w_data")),
            Assume(~self.i_valid | goes_on | ((self.i_chunk == 0) & ~self.before(m, part.busy))),
            Assume(~(self.i_valid & goes_on) | (self.i_chunk == chunk + 1)),
            Assume(~(self.i_valid & goes_on) | (self.fresh == self.before(m, self.fresh))),
            Assume(~self.w_en | ~part.busy),
        ]  # fmt: skip

    def _at(self, m: Module, name: str, place: Value) -> Value:
        """A word of one of the lane's memories."""
        stored: memory.Memory = self.lane.submodules[name]
        port = stored.read_port(domain="comb")
        m.d.comb += port.addr.eq(place)
        return port.data

    def _follow(self, m: Module) -> None:
        """What goes into the neuron step, three cycles after a column's count; what comes out."""
        part, step = self.part, self.lane.submodules.step
        control, state = (self._at(m, n, self.i_chunk) for n in ("control", "potential"))
        threshold, initial, bias = (
            Value.cast(self._at(m, n, self.i_chunk)) for n in ("threshold", "initial", "bias")
        )
        rule = (control.decay, control.amount, control.reset, control.silent)
        given = Cat(Mux(self.fresh, initial, Value.cast(state.v)), state.held & ~self.fresh,
                    threshold, bias, self._sum(m, control), *rule)  # fmt: skip
        seen = Cat(step.v, step.held, step.threshold, step.bias, step.sum,
                   *(step.control[n] for n in ("decay", "amount", "reset", "silent")))  # fmt: skip
        self.claim(m, ~self.before(m, self.i_valid, 3) | (seen == self.before(m, given, 3)))
        self.claim(m, step.valid == self.before(m, Cat(self.i_valid, 0), 3)
                   | self.before(m, Cat(0, self.i_valid), 4))  # fmt: skip
        mine, ends = self.i_chunk == self.any_column, self.i_valid & control.last
        shown, chunk, ended = (self.before(m, x, 5) for x in (self.i_valid, self.i_chunk, ends))
        self.claim(m, part.o_valid == shown)
        self.claim(m, ~shown | (part.o_chunk == chunk))
        self.claim(m, part.o_fired == (ended & step.fired))
        self.claim(m, part.saturated == (ended & step.saturated))
        self.claim(m, part.spikes == self.before(m, part.o_fired))
        kept = Value.cast(self._at(m, "potential", self.any_column))
        written, after = self.before(m, self.w_en), Cat(step.v_next, step.held_next)
        changed = self.before(m, ends & mine, 6)
        self.claim(m, ~changed | (kept == self.before(m, after)))
        self.claim(m, changed | written | (kept == self.before(m, kept)))

    def _sum(self, m: Module, control: Value) -> Value:
        """Of this column and those before it, back to the last neuron's end."""
        so_far, strong, total = (Signal(signed(10), name=n) for n in ("so_far", "strong", "total"))
        m.d.comb += [
            strong.eq(self.count << control.shift),
            total.eq(so_far + Mux(control.negative, -strong, strong)),
        ]
        with m.If(self.i_valid):
            m.d.sync += so_far.eq(Mux(control.last, 0, total))
        columns, adds = self.columns, self.before(m, self.i_valid, 3)
        carried = Mux(adds, Mux(columns.ended, 0, columns.sums[0]), columns.carry)
        self.claim(m, carried == self.before(m, so_far, 2))
        return total
