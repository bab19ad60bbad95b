"""What a crossbar core does with a packet, whichever it is and whenever it comes; its ticks."""

from types import SimpleNamespace

from amaranth.hdl import Assume, Cat, Module, Mux, Signal, Value
from amaranth.lib.wiring import In

from mapper.crossbar.params import CoreParams
from mapper.packets import Kind
from rtl.config.unit import ConfigUnit
from rtl.crossbar.axon_buffer import AxonBuffer
from rtl.crossbar.core import CrossbarCore
from rtl.crossbar.counter_array import CounterArray
from rtl.crossbar.register_file import core_registers
from rtl.crossbar.spike_sender import SpikeSender
from rtl.crossbar.startup import Startup
from rtl.crossbar.synapse_array import SynapseArray
from rtl.crossbar.tick_control import TickControl
from rtl.crossbar.update_pipeline import UpdatePipeline
from rtl.layouts import packet_stream

from .prover import Property

__all__ = ["CoreProperties"]

_FREE = ("config_ready", "config_busy", "config_bad", "bad", "late", "saturated", "wiping")
_WORK = ("counted", "updating", "sending")


class CoreProperties(Property):
    """The core's own wires between packet port, tick control and all other parts, of which only
    the ports are there: what they would say is free, as are the packets and the settings.
    """

    def __init__(
        self, core: CoreParams, wires: type[CrossbarCore] = CrossbarCore,
        control: type[TickControl] = TickControl,
    ) -> None:  # fmt: skip
        self.core, self.wires = core, wires
        super().__init__({
            "i": In(packet_stream()), **dict.fromkeys((*_FREE, *_WORK), In(1)),
            "any_columns": In(core.column_bits + 1), "any_ticks": In(16), "any_first": In(16),
            "active": In(1), "config": In(1), "space": In(1), "address": In(16),
        })  # fmt: skip
        outside = {
            "startup": Startup(2), "registers": core_registers(core), "config": ConfigUnit(),
            "buffer": AxonBuffer(core), "synapses": SynapseArray(core),
            "counters": CounterArray(core), "update": UpdatePipeline(core),
            "sender": SpikeSender(core),
        }  # fmt: skip
        for part in outside.values():
            part._MustUse__silence = True
        self.parts = SimpleNamespace(
            i=packet_stream().create(), core=core, control=control(core), **outside
        )

    def elaborate(self, platform: object) -> Module:
        m = self.start()
        parts = self.parts
        m.submodules.control = parts.control
        self.wires._ingress(parts, m)
        self.wires._bus(parts, m)
        self._outside(m)
        self._reaction(m)
        self._banks(m)
        self._window(m)
        self._chunks(m)
        return m

    def _outside(self, m: Module) -> None:
        parts, control = self.parts, self.parts.control
        m.d.comb += [
            parts.i.valid.eq(self.i.valid), parts.i.payload.eq(self.i.payload),
            self.i.ready.eq(parts.i.ready),
            parts.config.i.ready.eq(self.config_ready), parts.config.busy.eq(self.config_busy),
            parts.config.bad.eq(self.config_bad), parts.buffer.bad.eq(self.bad),
            parts.buffer.late.eq(self.late), parts.update.saturated.eq(self.saturated),
            parts.startup.wiping.eq(self.wiping),
            *(getattr(control, n).eq(getattr(self, n)) for n in _WORK),
            control.columns.eq(self.any_columns), control.first_tick.eq(self.any_first),
            control.ticks.eq(self.any_ticks),
            Cat(parts.registers.bank.active, parts.registers.bank.config).eq(
                Cat(self.active, self.config)
            ),
            parts.config.bus.space.eq(self.space), parts.config.bus.address.eq(self.address),
            Assume(self.any_columns <= self.core.neurons),  # larger settings are refused
        ]  # fmt: skip
        waits = self.before(m, self.i.valid & ~self.i.ready)
        same = Value.cast(self.i.payload) == self.before(m, Value.cast(self.i.payload))
        m.d.comb += Assume(~waits | (self.i.valid & same))

    def _reaction(self, m: Module) -> None:
        """Exactly one for each packet: it is used, waits, or is dropped with its error bit."""
        parts, i, runs = self.parts, self.i, self.parts.control.busy
        spike, start, access, unknown, overrun, ready = (
            Signal(name=f"expect_{n}") for n in range(6)
        )
        with m.If(~self.wiping), m.Switch(i.p.kind):
            with m.Case(Kind.SPIKE):
                m.d.comb += [ready.eq(1), spike.eq(i.valid)]
            with m.Case(Kind.TICK):
                m.d.comb += ready.eq(~self.config_busy)
                m.d.comb += [start.eq(i.valid & ready & ~runs), overrun.eq(i.valid & ready & runs)]
            with m.Case(Kind.WRITE):
                m.d.comb += [ready.eq(self.config_ready), access.eq(i.valid)]
            with m.Case(Kind.READ, Kind.SCAN):
                m.d.comb += [ready.eq(self.config_ready & ~runs), access.eq(i.valid & ~runs)]
            with m.Default():
                m.d.comb += [ready.eq(1), unknown.eq(i.valid)]
        self.claim(m, i.ready == ready)
        self.claim(m, parts.buffer.i_valid == spike)
        self.claim(m, parts.control.start == start)
        self.claim(m, parts.config.i.valid == access)
        errors = Cat(self.saturated, self.bad | self.config_bad, unknown, overrun | self.late)
        self.claim(m, parts.registers.errors == errors)
        self.claim(m, ~spike | (Cat(parts.buffer.i.row, parts.buffer.i.phase) == i.p.data[:17]))
        self.claim(m, parts.buffer.i_parity == i.p.address[0])
        self.claim(m, Value.cast(parts.config.i.payload) == Value.cast(i.payload))

    def _banks(self, m: Module) -> None:
        """The bank of the tick's parity drains while it runs; a WRITE that could touch what the
        tick uses is refused.
        """
        parts, runs = self.parts, self.parts.control.busy
        region, field = self.address[13:], self.address[:3]
        twice = (self.space == 0) | (region == 1) | ((region == 0) & (field != 4))
        self.claim(m, parts.config.refused == (runs & ~(twice & (self.active != self.config))))
        self.claim(m, parts.buffer.draining == Mux(runs, 1 << parts.control.parity, 0))
        self.claim(m, parts.config.bank == self.config)

    def _window(self, m: Module) -> None:
        """A tick counts inside the window and discards outside it; its parity stays with it."""
        control, tick = self.parts.control, self.parts.control.tick
        number, following, inside = Signal(16), Signal(16), Signal()
        m.d.comb += following.eq(Mux(tick.first, 0, number + 1))
        place = following - self.any_first
        m.d.comb += inside.eq((place >= 0) & (place < self.any_ticks) & (self.any_columns != 0))
        with m.If(control.start):
            m.d.sync += number.eq(following)
        self.claim(m, control.now == number)
        started = self.before(m, control.start)
        self.claim(m, ~started | (control.counting == self.before(m, inside)))
        self.claim(m, ~started | (control.discarding == ~self.before(m, inside)))
        self.claim(m, ~started | (control.parity == self.before(m, tick.parity)))
        fresh = self.before(m, following == self.any_first)
        self.claim(m, ~(started & control.counting) | (control.fresh == fresh))
        kept = Cat(control.parity, control.fresh)
        self.claim(m, started | (kept == self.before(m, kept)))

    def _chunks(self, m: Module) -> None:
        """COUNT until nothing is left, then each chunk in use once, in order; it ends when all
        has been sent. It waits for nothing else.
        """
        control, lanes = self.parts.control, self.core.update_lanes
        counts, drops, takes = control.counting, control.discarding, control.take
        sends = control.ends
        self.claim(m, control.busy == (counts + drops + takes + sends))
        stages = {"counts": counts, "drops": drops, "takes": takes, "sends": sends}
        was = {name: self.before(m, stage) for name, stage in stages.items()}
        counted, chunk = self.before(m, self.counted), self.before(m, control.chunk)
        resting = self.before(m, ~self.updating & ~self.sending)
        left = self.before(m, (control.chunk + 1) * lanes < control.columns)
        self.claim(m, ~was["counts"] | Mux(counted, takes & (control.chunk == 0), counts))
        self.claim(m, ~was["drops"] | Mux(counted, ~control.busy, drops))
        onward = takes & (control.chunk == chunk + 1)
        self.claim(m, ~was["takes"] | Mux(left, onward, sends))
        self.claim(m, ~was["sends"] | Mux(resting, ~control.busy, sends))
        self.claim(m, ~takes | (control.chunk * lanes < control.columns))
        self.claim(m, ~counts | ((control.chunk == 0) & (control.columns != 0)))
