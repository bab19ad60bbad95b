"""The crossbar chip's barrier: what passes and when; what parity a spike or tick gets; DONE."""

from amaranth.hdl import Assume, Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from mapper.packets import Kind
from rtl.crossbar.tick_gate import TickGate
from rtl.layouts import PACKET_LAYOUT, packet_stream

from .prover import Property

__all__ = ["BarrierProperties", "TickGateProperties"]


class TickGateProperties(Property):
    """Any packets of the host, any `idle`, any stalls. `running` and `owes`: a tick is under way,
    a DONE is due; `ticks`: how many have been let in, modulo 2.
    """

    def __init__(self, gate: TickGate) -> None:
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
        self._barrier(m)
        self._stamps(m)
        return m

    def _barrier(self, m: Module) -> None:
        gate, i, o, done = self.gate, self.i, self.gate.o, self.gate.done
        running, owes, cycles, errors = Signal(), Signal(), Signal(32), Signal()
        self.enters = i.valid & i.ready & (i.p.kind == Kind.TICK)
        with m.If(self.enters):
            m.d.sync += [running.eq(1), cycles.eq(0)]
        with m.Elif(running):
            m.d.sync += [cycles.eq(cycles + 1), running.eq(~self.idle), owes.eq(self.idle)]
        with m.If(done.valid & self.done_ready):
            m.d.sync += owes.eq(0)
        m.d.sync += errors.eq(errors | self.lost)
        free = (i.p.kind == Kind.SPIKE) | self._beside_a_tick()
        passes = free | (self.idle & ~running & ~owes)
        self.claim(m, o.valid == (i.valid & passes))
        self.claim(m, i.ready == (self.ready & passes))
        self.claim(m, done.valid == owes)
        self.claim(m, ~self.before(m, done.valid & ~self.done_ready) | done.valid)
        self.claim(m, ~(running & owes))
        answer = Signal(PACKET_LAYOUT)
        m.d.comb += [answer.kind.eq(Kind.DONE), answer.data.eq(cycles), answer.address.eq(errors)]
        self.claim(m, ~done.valid | (Value.cast(done.payload) == Value.cast(answer)))
        self.claim(m, (gate.running == running) & (gate.finished == owes))
        self.claim(m, (gate.cycles == cycles) & (gate.errors == errors))

    def _beside_a_tick(self) -> Value:
        """With two banks a WRITE to synapses, routes, or a column's parameters may pass."""
        packet, banks = self.i.p, self.gate.banks
        region, field = packet.address[13:], packet.address[:3]
        shadowed = (packet.space == 0) | (region == 1) | ((region == 0) & (field != 4))
        return (packet.kind == Kind.WRITE) & shadowed if banks == 2 else Value.cast(0)

    def _stamps(self, m: Module) -> None:
        """A tick gets its number modulo 2, a spike that of the next tick; else nothing changes."""
        parity, stamped = Signal(), Signal(PACKET_LAYOUT)
        m.d.sync += parity.eq(parity ^ self.enters)
        m.d.comb += stamped.eq(self.i.payload)
        with m.Switch(self.i.p.kind):
            with m.Case(Kind.SPIKE):
                m.d.comb += stamped.address[0].eq(parity)
            with m.Case(Kind.TICK):
                m.d.comb += stamped.data[1].eq(parity)
        self.claim(m, Value.cast(self.gate.o.payload) == Value.cast(stamped))
        self.claim(m, self.gate.parity == parity)


class BarrierProperties(Property):
    """The gate before a mesh of two cores that take and send as they like.

    A TICK flies to each core and starts it; a core that runs may send spikes until it ends. One
    spike, the host's or a core's, is followed. Ticks are counted modulo 4: `due` is the one that
    shall consume it, which must not be confused with any other.
    """

    def __init__(self, gate: TickGate) -> None:
        self.gate = gate
        super().__init__({
            "i": In(packet_stream()), "done_ready": In(1), "arrives": In(2), "ends": In(2),
            "other": In(1), "fires": In(2), "follow": In(1), "lands": In(1), "any_core": In(1),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = self.start()
        m.submodules.gate = gate = self.gate
        wiring.connect(m, wiring.flipped(self.i), gate.i)
        self.tick = gate.o.valid & (gate.o.p.kind == Kind.TICK)
        self.entered = Signal(2)  # ticks that have left the gate
        self.begun = [Signal(2, name=f"begun_{core}") for core in range(2)]
        self.flying, self.running = Signal(2), Signal(2)
        self.spike, self.due, self.parity = Signal(), Signal(2), Signal()
        idle = ~Cat(self.flying, self.running, self.spike, self.other).any()
        m.d.comb += [gate.o.ready.eq(1), gate.done.ready.eq(self.done_ready), gate.idle.eq(idle)]
        self._cores(m)
        self._follow(m)
        return m

    def _cores(self, m: Module) -> None:
        m.d.comb += [
            Assume((self.arrives & ~self.flying) == 0), Assume((self.ends & ~self.running) == 0),
            Assume((self.fires & ~self.running) == 0),
        ]  # fmt: skip
        m.d.sync += [
            self.entered.eq(self.entered + self.tick),
            self.flying.eq((self.flying & ~self.arrives) | self.tick.replicate(2)),
            self.running.eq((self.running & ~self.ends) | self.arrives),
        ]
        for core, begun in enumerate(self.begun):
            m.d.sync += begun.eq(begun + self.arrives[core])
            behind = self.flying[core]
            self.claim(m, (begun + behind)[:2] == self.entered)
            self.claim(m, ~(behind & self.running[core]))
            # No TICK comes while a core has not ended the one before.
            self.claim(m, ~(self.tick & (behind | self.running[core])))
        self.claim(m, self.gate.parity == self.entered[0])
        resting = ~Cat(self.flying, self.running).any()
        self.claim(m, resting | self.gate.running)
        self.claim(m, ~self.gate.done.valid | resting)
        self.claim(m, ~(self.gate.running & self.gate.finished))

    def _follow(self, m: Module) -> None:
        """It is launched at any time by the host or a running core, and lands at any time."""
        gate, core = self.gate, Signal()
        host = gate.o.valid & (gate.o.p.kind == Kind.SPIKE)
        m.d.comb += [
            core.eq(~self.fires[0]),
            Assume(~self.follow | (~self.spike & (host | self.fires.any()))),
            Assume(~self.lands | self.spike),
        ]
        begun = [Signal(2, name="sender"), Signal(2, name="receiver")]
        for there, who in zip(begun, (core, self.any_core), strict=True):
            m.d.comb += there.eq(Mux(who, self.begun[1], self.begun[0]))
        with m.If(self.follow):
            m.d.sync += self.spike.eq(1)
            with m.If(self.fires.any()):  # a core's, with the parity that its tick does not have
                m.d.sync += [self.due.eq(begun[0] + 1), self.parity.eq(begun[0][0])]
            with m.Else():
                m.d.sync += [
                    self.due.eq(self.entered + 1), self.parity.eq(gate.o.p.address[0]),
                ]  # fmt: skip
        with m.Elif(self.lands):
            m.d.sync += self.spike.eq(0)
        behind = (self.due - begun[1])[:2]
        runs = Signal()
        m.d.comb += runs.eq((self.running >> self.any_core)[0])
        # It finds the tick before its own under way or over, or not begun; its bank at rest.
        self.claim(m, ~self.spike | (behind == 1) | ((behind == 2) & ~runs))
        self.claim(m, ~self.spike | (self.parity == ~self.due[0]))
        # No tick is let in while a spike for it, or for an earlier one, is on its way.
        self.claim(m, ~(self.tick & self.spike))
        self.claim(m, ~self.spike | ((self.due - self.entered)[:2] == 1))
