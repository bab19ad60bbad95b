"""What the arbiter promises, for inputs that follow the stream rules."""

from amaranth.hdl import Assume, Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from rtl.arbiter import PacketArbiter
from rtl.layouts import packet_stream

from .prover import Property

__all__ = ["ArbiterProperties"]


class ArbiterProperties(Property):
    """`any_input` is one of the inputs, whichever: it is passed over at most once by each other."""

    def __init__(self, arbiter: PacketArbiter) -> None:
        self.arbiter = arbiter
        n = arbiter.inputs
        super().__init__({
            "i": In(packet_stream()).array(n), "ready": In(1), "any_input": In(range(max(n, 2))),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = self.start()
        m.submodules.arbiter = arbiter = self.arbiter
        for outer, inner in zip(self.i, arbiter.i, strict=True):
            wiring.connect(m, wiring.flipped(outer), inner)
        m.d.comb += [arbiter.o.ready.eq(self.ready), Assume(self.any_input < arbiter.inputs)]
        self._assume_streams(m)
        self._exactly_one(m)
        self._holds(m)
        self._fair(m)
        return m

    def _assume_streams(self, m: Module) -> None:
        """An offer stays until it is taken. (RouterProperties proves that of a router's inputs.)"""
        for i in self.arbiter.i:
            waits = self.before(m, i.valid & ~i.ready)
            same = Value.cast(i.payload) == self.before(m, Value.cast(i.payload))
            m.d.comb += Assume(~waits | (i.valid & same))

    def _exactly_one(self, m: Module) -> None:
        arbiter = self.arbiter
        valid, ready = (Cat(getattr(i, n) for i in arbiter.i) for n in ("valid", "ready"))
        self.claim(m, arbiter.o.valid == valid.any())
        self.claim(m, (ready & ~valid) == 0)
        self.claim(m, (ready & (ready - 1)) == 0)
        self.claim(m, ready.any() == (arbiter.o.valid & arbiter.o.ready))
        for i in arbiter.i:
            same = Value.cast(i.payload) == Value.cast(arbiter.o.payload)
            self.claim(m, ~i.ready | same)

    def _holds(self, m: Module) -> None:
        """Valid and payload stay until taken; what the induction needs of the memory for that."""
        o, arbiter = self.arbiter.o, self.arbiter
        waits = self.before(m, o.valid & ~o.ready)
        self.claim(m, ~waits | (o.valid & (Value.cast(o.payload)
                                           == self.before(m, Value.cast(o.payload)))))  # fmt: skip
        requests = Cat(i.valid for i in arbiter.i)
        one = (arbiter.previous != 0) & ((arbiter.previous & (arbiter.previous - 1)) == 0)
        self.claim(m, arbiter.held == waits)
        self.claim(m, ~arbiter.held | (one & ((arbiter.previous & ~requests) == 0)))
        full = Const(2**arbiter.inputs - 1, arbiter.inputs)
        self.claim(m, (arbiter.ahead & ~full) == 0)
        # Inputs above the one served last: ...1110000, so with its complement's increment disjoint
        below = ~arbiter.ahead
        self.claim(m, (below & (below + 1)[: arbiter.inputs]) == 0)

    def _fair(self, m: Module) -> None:
        """Others served while `any_input` waits, plus those that may still come before it."""
        arbiter, n, me = self.arbiter, self.arbiter.inputs, self.any_input
        mine = Signal(n)
        valid, ready = Signal(), Signal()
        passed, measure = Signal(range(n + 2)), Signal(range(n + 2))
        m.d.comb += mine.eq(1 << me)
        m.d.comb += valid.eq((Cat(i.valid for i in arbiter.i) & mine).any())
        m.d.comb += ready.eq((Cat(i.ready for i in arbiter.i) & mine).any())
        served = arbiter.o.valid & arbiter.o.ready
        with m.If(~valid | ready):
            m.d.sync += passed.eq(0)
        with m.Elif(served):
            m.d.sync += passed.eq(passed + 1)
        # The input that comes first in turn: the lowest ahead, or 0 after the wrap-around.
        first = Mux(arbiter.ahead == 0, 0, self._lowest(arbiter.ahead))
        held = self._lowest(arbiter.previous)
        after_held = Mux(held == n - 1, 0, held + 1)
        with m.If(arbiter.held):
            m.d.comb += measure.eq(Mux(held == me, 0, 1 + self._distance(after_held, me)))
        with m.Else():
            m.d.comb += measure.eq(self._distance(first, me))
        self.claim(m, ~valid | (passed + measure <= n - 1))

    def _distance(self, start: Value, stop: Value) -> Value:
        """Steps from `start` up to `stop`, around the end."""
        n = self.arbiter.inputs
        return Mux(stop >= start, stop - start, stop + n - start)[: n.bit_length() + 1]

    def _lowest(self, bits: Value) -> Value:
        """Index of the lowest bit that is set."""
        found: Value = Const(0, len(bits).bit_length())
        for i in reversed(range(len(bits))):
            found = Mux(bits[i], i, found)
        return found
