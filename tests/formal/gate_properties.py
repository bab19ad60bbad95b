"""What the grid's barrier lets pass, and when the host hears that it is done."""

from amaranth.hdl import Assume, Module, Mux, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In

from mapper.packets import Kind
from mapper.yoso.layout import TAG, TOKEN
from rtl.layouts import PACKET_LAYOUT, packet_stream, struct
from rtl.yoso.sample_gate import SampleGate

from .prover import Property

__all__ = ["GateProperties"]


class GateProperties(Property):
    """Any packets of the host; a grid that is busy after each, as long as it likes, then idle
    until the next. `last`, `barrier`, `sample`, `cycles` follow what has passed.
    """

    def __init__(self, gate: SampleGate) -> None:
        self.gate = gate
        super().__init__({
            "i": In(packet_stream()), "ready": In(1), "done_ready": In(1), "idle": In(1),
            "lost": In(1),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = self.start()
        m.submodules.gate = gate = self.gate
        wiring.connect(m, wiring.flipped(self.i), gate.i)
        m.d.comb += [
            gate.o.ready.eq(self.ready), gate.done.ready.eq(self.done_ready),
            gate.idle.eq(self.idle), gate.lost.eq(self.lost),
        ]  # fmt: skip
        i, kind = self.i, self.i.p.kind
        self.accepted = i.valid & i.ready
        self.work = (kind == Kind.SPIKE) | (kind == Kind.TICK)
        self.closes = data.View(struct(TOKEN), i.p.data[: TOKEN.width])
        waits = self.before(m, i.valid & ~i.ready)
        same = Value.cast(i.payload) == self.before(m, Value.cast(i.payload))
        was_idle, accepted = self.before(m, self.idle), self.before(m, self.accepted)
        m.d.comb += [
            Assume(~waits | (i.valid & same)),
            Assume(~(accepted & self.idle)),
            Assume(~was_idle | accepted | self.idle),
        ]
        self._passes(m)
        self._done(m)
        return m

    def _passes(self, m: Module) -> None:
        gate, i, o = self.gate, self.i, self.gate.o
        barrier, access, write, sample = Signal(), Signal(), Signal(), Signal()
        self.barrier = barrier
        tick = self.accepted & (i.p.kind == Kind.TICK)
        with m.If(tick & (self.closes.wait | self.closes.last)):
            m.d.sync += [barrier.eq(1), sample.eq(sample ^ self.closes.last)]
        with m.Elif(gate.done.valid & gate.done.ready):
            m.d.sync += barrier.eq(0)
        with m.If(self.accepted):
            m.d.sync += [access.eq(~self.work), write.eq(i.p.kind == Kind.WRITE)]
        # Work after work, and WRITE after WRITE, need not wait for an idle grid.
        at_once = Signal()
        m.d.comb += at_once.eq(Mux(self.work, ~access, write & (i.p.kind == Kind.WRITE)))
        # Taken from the host exactly when given to the grid, and unchanged but for the sample.
        self.claim(m, (o.valid & self.ready) == self.accepted)
        stamped = Signal(PACKET_LAYOUT)
        m.d.comb += stamped.eq(i.payload)
        with m.If(self.work):
            m.d.comb += stamped.address[TAG.offset("sample")].eq(sample)
        self.claim(m, Value.cast(o.payload) == Value.cast(stamped))
        self.claim(m, ~o.valid | i.valid)
        self.claim(m, ~o.valid | ~barrier)
        self.claim(m, ~o.valid | at_once | self.idle)
        # Nothing else is held back; what is offered stays.
        self.claim(m, o.valid == (i.valid & ~barrier & (at_once | self.idle)))
        self.claim(m, ~self.before(m, o.valid & ~self.ready) | o.valid)
        self.claim(m, barrier == (gate.waiting | gate.finished))
        self.claim(m, (access == gate.accessed) & (write == gate.written))
        self.claim(m, sample == gate.sample)

    def _done(self, m: Module) -> None:
        """One DONE per barrier, once the grid is idle, with its cycles; it stays till taken."""
        gate, done = self.gate, self.gate.done
        cycles, counting, rested, errors = Signal(32), Signal(), Signal(), Signal()
        taken = done.valid & self.done_ready
        with m.If(taken):
            m.d.sync += [cycles.eq(0), counting.eq(0)]
        with m.Else():
            m.d.sync += cycles.eq(cycles + (counting & ~done.valid))
            with m.If(self.accepted & self.work):
                m.d.sync += counting.eq(1)
        m.d.sync += [
            rested.eq(self.barrier & ~taken & (rested | self.idle)), errors.eq(errors | self.lost)
        ]  # fmt: skip
        self.claim(m, done.valid == rested)
        self.claim(m, ~rested | self.barrier)
        self.claim(m, done.p.data == cycles)
        self.claim(m, done.p.address == errors)
        self.claim(m, done.p.kind == Kind.DONE)
        self.claim(m, ~self.before(m, done.valid & ~self.done_ready) | done.valid)
        self.claim(m, (gate.finished == rested) & (gate.counting == counting))
        self.claim(m, ~(gate.finished & gate.waiting))
