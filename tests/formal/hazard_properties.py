"""No load overtakes a store: a neuron changes as if each operation ended before the next began."""

from types import SimpleNamespace
from typing import Any

from amaranth.hdl import Array, Assume, Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import data
from amaranth.lib.wiring import In

from mapper.packets import Space
from rtl.popcount import popcount
from rtl.yoso import compute, load, pending_stores, store
from rtl.yoso.ingress import Ingress
from rtl.yoso.neuron_memory import NeuronMemory
from rtl.yoso.operation import Kind, operand, operation, result, state
from rtl.yoso.pe import YosoPe
from rtl.yoso.spike_queue import SpikeQueue
from rtl.yoso.tick_control import TickControl
from rtl.yoso.tick_tokens import TickTokens
from rtl.yoso.weight_lookup import WeightLookup
from rtl.yoso.weight_memory import WeightMemory

from .open_fifo import OpenFifo
from .prover import Property, opened

__all__ = ["HazardProperties"]

_SMALL: Any = SimpleNamespace(
    neurons=2,
    weights=2,
    weight_bits=2,
    accumulator_bits=2,
    potential_bits=3,
    ticks=2,
    queue=2,
    lists=False,
)
"""Narrower than `PeParams` allows; the parts do not look at its widths."""


class HazardProperties(Property):
    """Load, compute, store, memories and pending stores under the PE's own wires. Free are the
    operations, weights, thresholds, what the sender takes, accesses, and how long queues lag;
    `any_neuron` has a shadow that does one operation at a time.
    """

    def __init__(self) -> None:
        pe = self.pe = _SMALL
        super().__init__({
            "valid": In(1), "operation": In(operation(pe)), "weight": In(signed(pe.weight_bits)),
            "sends": In(1), "lags": In(2), "w_en": In(1), "address": In(16), "w_data": In(32),
            "psp": In(1), "silent": In(1), "tick": In(range(pe.ticks)),
            "any_neuron": In(range(pe.neurons)),
        })  # fmt: skip
        # Only the ports of these are used: what they would drive is driven freely.
        outside = {
            "control": TickControl(pe), "lookup": WeightLookup(pe), "queue": SpikeQueue(pe),
            "ingress": Ingress(pe), "tokens": TickTokens(pe), "weights": WeightMemory(pe),
        }  # fmt: skip
        for part in outside.values():
            part._MustUse__silence = True
        self.parts = SimpleNamespace(
            load=load.Load(pe), compute=compute.Compute(pe), store=store.Store(pe),
            pending=pending_stores.PendingStores(pe), neurons=NeuronMemory(pe), **outside,
        )  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = self.start()
        self._core(m)
        self._environment(m)
        self._count(m)
        self._follow(m)
        return m

    def _core(self, m: Module) -> None:
        """The real parts and wires, with queues that can be looked into."""
        parts = self.parts
        m.submodules.load, m.submodules.store = inner = opened(parts.load), opened(parts.store)
        m.submodules.neurons = neurons = opened(parts.neurons)
        m.submodules.compute, m.submodules.pending = parts.compute, parts.pending
        self.operands: OpenFifo = inner[0].submodules.operands
        self.results: OpenFifo = inner[1].submodules.results
        YosoPe._core(parts, m)
        YosoPe._memories(parts, m)
        self.memory = {}
        for name in ("accumulators", "states", "thresholds", "spikes"):
            port = neurons.submodules[name].read_port(domain="comb")
            m.d.comb += port.addr.eq(self.any_neuron)
            self.memory[name] = port.data
        self.spike = self.memory["spikes"].address[: len(parts.load.parameters.spike)]

    def _environment(self, m: Module) -> None:
        parts = self.parts
        settings, idle = Cat(self.tick, self.psp, self.silent), parts.pending.empty
        m.d.comb += [
            parts.control.o.valid.eq(self.valid), parts.control.o.payload.eq(self.operation),
            parts.weights.weight.eq(self.weight), parts.store.o.ready.eq(self.sends),
            parts.control.tick.eq(self.tick),
            parts.compute.psp.eq(self.psp), parts.compute.silent.eq(self.silent),
            Cat(self.operands.lag, self.results.lag).eq(self.lags),
            parts.neurons.bus.space.eq(Space.CONFIG), parts.neurons.bus.address.eq(self.address),
            parts.neurons.bus.w_data.eq(self.w_data), parts.neurons.bus.w_en.eq(self.w_en),
            Assume(self.operation.kind <= Kind.UPDATE),
            # Ticks end, and accesses happen, while nothing is pending.
            Assume(idle | (settings == self.before(m, settings))),
            Assume(~self.w_en | (idle & ~self.valid)),
        ]  # fmt: skip

    def _count(self, m: Module) -> None:
        """What is pending is in the pipeline, in the same order; nothing is lost on the way."""
        pending, asked = self.parts.pending, self.operands.w_en
        depth = len(pending.used)
        count, bits = Signal(range(depth + 1)), depth.bit_length() - 1
        m.d.comb += count.eq(popcount(pending.used))
        for i in range(depth):
            self.claim(m, pending.used[i] == ((i - pending.head)[:bits] < count))
        self.claim(m, pending.tail == (pending.head + count)[:bits])
        self.claim(m, count == self.results.level + self.operands.level + asked)
        self.claim(m, ~asked | self.operands.w_rdy)
        for fifo in (self.operands, self.results):
            self.claim(m, fifo.level <= fifo.depth)
        # A token goes when nothing is pending, so never together with a spike.
        self.claim(m, ~(self.parts.store.o.valid & pending.empty))

    def _follow(self, m: Module) -> None:
        """`a` and `now` are what the neuron is worth after all operations that were loaded. At
        most one of them is not stored yet, and is somewhere on its way.
        """
        pe, memory = self.pe, self.memory
        self.a, self.now = Signal(signed(pe.accumulator_bits)), Signal(state(pe))
        old_a, old = memory["accumulators"].a, memory["states"]
        self.is_old = (old_a == self.a) & (Value.cast(old) == Value.cast(self.now))
        here = []
        for i, word in enumerate(self.results.entries):
            here.append(self._result(m, i < self.results.level, i, data.View(result(pe), word)))
        for i, word in enumerate(self.operands.entries):
            there, given = i < self.operands.level, data.View(operand(pe), word)
            mine, a, after = self._operand(m, there, self.results.level + i, given)
            done = (a == self.a) & (Value.cast(after) == Value.cast(self.now))
            self.claim(m, ~mine | done)
            here.append(mine)
        given, place = data.View(operand(pe), self.operands.w_data), self.results.level
        asked, a, after = self._operand(m, self.operands.w_en, place + self.operands.level, given)
        self.claim(m, ~asked | self.is_old)
        with m.If(asked):
            m.d.sync += [self.a.eq(a), self.now.eq(after)]
        self.claim(m, Cat(here).any() | self.is_old)
        self.claim(m, popcount(Cat(*here, asked)) <= 1)
        reads = self.parts.load.reads & (self.operation.neuron == self.any_neuron)
        self.claim(m, ~(reads & Cat(*here, asked).any()))

    def _pending(self, m: Module, there: Value, place: Value | int) -> tuple[Value, Value]:
        """(whether what is at this place of the order is the neuron's, its kind)."""
        pending = self.parts.pending
        entry = Signal(pending.entry)
        m.d.comb += entry.eq(Array(pending.entries)[(pending.head + place)[: len(pending.head)]])
        mine = there & (entry.neuron == self.any_neuron)
        self.claim(m, ~mine | (entry.kind <= Kind.UPDATE))
        return mine, entry.kind

    def _result(self, m: Module, there: Value, place: int, found: data.View) -> Value:
        """It is what the neuron is worth now, and says whether it has fired with that."""
        mine, kind = self._pending(m, there, place)
        old, now, adds = self.memory["states"], self.now, kind == Kind.ADD
        fires = (kind == Kind.UPDATE) & now.fired & ~old.fired
        self.claim(m, ~mine | (found.a == self.a))
        self.claim(m, ~(mine & adds) | (Value.cast(old) == Value.cast(now)))
        self.claim(m, ~mine | adds | (Value.cast(found.state) == Value.cast(now)))
        self.claim(m, ~mine | (found.fires == fires))
        self.claim(m, ~mine | (found.spike == self.spike))
        if place == 0:  # The spike goes in the cycle in which the memory learns of it.
            store = self.parts.store
            self.claim(m, ~mine | (store.fires == (store.store_state & fires)))
        return mine

    def _operand(
        self, m: Module, there: Value, place: Value, given: data.View
    ) -> tuple[Value, Value, Value]:
        """It is what the memories still hold; (whether it is here, the (a, state) it leads to)."""
        mine, kind = self._pending(m, there, place)
        memory = self.memory
        for found, stored in (
            (given.kind, kind), (given.a, memory["accumulators"].a),
            (Value.cast(given.state), Value.cast(memory["states"])),
            (given.parameters.threshold, memory["thresholds"].v),
            (given.parameters.spike, self.spike),
        ):  # fmt: skip
            self.claim(m, ~mine | (found == stored))
        return mine, *self._operate(m, given)

    def _operate(self, m: Module, given: data.View) -> tuple[Signal, Signal]:
        """What an operation makes of (a, state), as docs/yoso-grid.md has it."""
        pe = self.pe
        a, after = Signal(signed(pe.accumulator_bits)), Signal(state(pe))
        v = _saturated(given.state.v + given.a, pe.potential_bits)
        with m.Switch(given.kind):
            with m.Case(Kind.ADD):
                sum_ = _saturated(given.a + given.weight, pe.accumulator_bits)
                m.d.comb += [a.eq(sum_), after.eq(given.state)]
            with m.Case(Kind.UPDATE):
                m.d.comb += [a.eq(Mux(self.psp, given.a, 0)), after.eq(given.state)]
                with m.If(~given.state.fired):
                    m.d.comb += [after.v.eq(v), after.tick.eq(0)]
                    with m.If(~self.silent & (v >= given.parameters.threshold)):
                        m.d.comb += [after.fired.eq(1), after.tick.eq(self.tick)]
        return a, after


def _saturated(value: Value, bits: int) -> Value:
    low, high = -(1 << bits - 1), (1 << bits - 1) - 1
    return Mux(value < low, low, Mux(value > high, high, value))
