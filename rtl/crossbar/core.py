"""The crossbar core (Zou et al. 2021; Kuang et al. 2021)."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring

from mapper.crossbar.layout import COUNTERS
from mapper.crossbar.params import CoreParams
from mapper.packets import SPIKE_TICK, Kind

from ..clock_gate import gated
from ..config.bus import BUS_OUT
from ..config.unit import ConfigUnit
from ..mesh.tile import core_members
from .axon_bank import bank_words
from .axon_buffer import AxonBuffer
from .counter_array import CounterArray
from .register_file import core_registers
from .shadow import banked
from .spike_sender import SpikeSender
from .startup import Startup
from .synapse_array import SynapseArray
from .tick_control import TickControl
from .update_pipeline import UpdatePipeline

__all__ = ["CrossbarCore"]


class CrossbarCore(wiring.Component):
    """axons x neurons 1-bit synapses; spikes, programming and read-back through one packet port.

    Spikes are always accepted, into the next tick of their parity, once the core has emptied its
    axon buffer and counters after a reset. A WRITE never waits for a tick: while one runs, only
    the bank that it does not use can be written, anything else is an error. READ and SCAN wait
    while a tick runs, and a TICK while an access does, so whoever sends them must let the other
    end first (the chip's TickGate does). A tick with E axon events, n columns in use (n / f per
    phase) and P packets takes at most `CoreParams.tick_bound(E, n, P)` cycles if `o` is not
    stalled.

    Members
    -------
    i, o: In/Out(packet stream); x, y: In(3), position in the mesh
    idle: Out(1), no tick, no access, nothing waiting to leave, start-up over
    """

    def __init__(self, core: CoreParams) -> None:
        self.core = core
        super().__init__(core_members())

    def elaborate(self, platform: object) -> Module:
        m = Module()
        core = self.core
        m.submodules.startup = self.startup = Startup(max(bank_words(core), core.groups))
        m.submodules.registers = self.registers = core_registers(core)
        m.submodules.control = self.control = TickControl(core)
        self.buffer, self.synapses = AxonBuffer(core), SynapseArray(core)
        self.counters, self.update = CounterArray(core), UpdatePipeline(core)
        self.sender, self.config = SpikeSender(core), ConfigUnit()
        for name, need in self._needs(m).items():
            m.submodules[name] = gated(m, platform, name, getattr(self, name), need)
        self._ingress(m)
        self._count(m)
        self._update(m)
        self._egress(m)
        self._bus(m)
        return m

    def _needs(self, m: Module) -> dict[str, Value]:
        """When each part needs its clock; the others need it always."""
        buffer, access, wiping = self.buffer, self.config.busy, self.startup.wiping

        def accessed(part: wiring.Component) -> Value:
            # Also when it is no longer addressed: its answer must return to 0 then.
            before = Signal()
            m.d.sync += before.eq(part.bus.hit)
            return Mux(part.bus.hit, access, before)

        return {
            "buffer": buffer.i_valid | buffer.draining.any() | wiping,
            "synapses": self.synapses.busy | accessed(self.synapses),
            "counters": self.synapses.o_valid | self.control.take | wiping,
            "update": self.update.busy | accessed(self.update),
            "sender": self.update.o_valid | self.sender.busy | accessed(self.sender),
            "config": self.config.i.valid | access,
        }

    def _ingress(self, m: Module) -> None:
        """Sort packets by kind."""
        i, control = self.i, self.control
        accepted, wiping = i.valid & i.ready, self.startup.wiping
        is_spike, is_tick = i.p.kind == Kind.SPIKE, i.p.kind == Kind.TICK
        is_read = (i.p.kind == Kind.READ) | (i.p.kind == Kind.SCAN)
        is_config = (i.p.kind == Kind.WRITE) | is_read
        waits = is_read & control.busy
        m.d.comb += [
            i.ready.eq(
                ~wiping
                & Mux(is_config, self.config.i.ready & ~waits, 1)
                & Mux(is_tick, ~self.config.busy, 1)
            ),
            self.config.i.payload.eq(i.payload),
            self.config.i.valid.eq(i.valid & is_config & ~waits & ~wiping),
            self.buffer.wipe.eq(wiping),
            self.buffer.wipe_row.eq(self.startup.row),
            self.counters.wipe.eq(wiping),
            self.counters.wipe_group.eq(self.startup.row),
            self.buffer.i.eq(i.p.data),
            self.buffer.i_valid.eq(accepted & is_spike),
            self.buffer.i_parity.eq(i.p.address[SPIKE_TICK.offset("parity")]),
            control.start.eq(accepted & is_tick & ~control.busy),
            control.tick.eq(i.p.data),
            self.buffer.draining.eq(control.busy << control.parity),
            self.registers.errors.eq(Cat(
                self.update.saturated,
                self.buffer.bad | self.config.bad,
                accepted & ~is_spike & ~is_tick & ~is_config,
                (accepted & is_tick & control.busy) | self.buffer.late,
            )),
        ]  # fmt: skip

    def _count(self, m: Module) -> None:
        control, buffer, synapses = self.control, self.buffer, self.synapses
        m.d.comb += [
            synapses.i.valid.eq(buffer.o.valid & control.counting),
            synapses.i.payload.eq(buffer.o.payload),
            buffer.o.ready.eq(Mux(control.counting, synapses.i.ready, control.discarding)),
            buffer.extension.eq(self.registers.extension),
            synapses.columns.eq(self.registers.columns),
            synapses.extension.eq(self.registers.extension),
            self.counters.i_valid.eq(synapses.o_valid),
            self.counters.i_group.eq(synapses.o_group),
            self.counters.i_bits.eq(synapses.o_bits),
            control.counted.eq(buffer.empty & ~synapses.busy),
            *(getattr(control, n).eq(getattr(self.registers, n))
              for n in ("columns", "first_tick", "ticks")),
        ]  # fmt: skip

    def _update(self, m: Module) -> None:
        control, update, sender = self.control, self.update, self.sender
        m.d.comb += [
            self.counters.take.eq(control.take), self.counters.chunk.eq(control.chunk),
            update.i_valid.eq(control.take), update.i_chunk.eq(control.chunk),
            *(a.eq(b) for a, b in zip(update.counts, self.counters.counts, strict=True)),
            update.fresh.eq(control.fresh),
            control.updating.eq(update.busy), control.sending.eq(sender.busy),
            sender.i_valid.eq(update.o_valid), sender.i_chunk.eq(update.o_chunk),
            sender.i_fired.eq(update.o_fired),
            sender.parity.eq(~control.parity),
        ]  # fmt: skip
        adds = {
            "cycles": control.busy,
            "events": self.synapses.event,
            "synaptic_ops": self.synapses.ops,
            "spikes": update.spikes,
            "stray": self.buffer.o.valid & control.discarding,
        }
        assert len(adds) == len(COUNTERS)
        m.d.comb += [getattr(self.registers, n).eq(value) for n, value in adds.items()]

    def _egress(self, m: Module) -> None:
        """Replies and spikes never compete: accesses happen only between ticks."""
        sender, config = self.sender, self.config
        m.d.comb += [
            self.o.valid.eq(sender.o.valid | config.o.valid),
            self.o.payload.eq(Mux(config.o.valid, Value.cast(config.o.payload),
                                  Value.cast(sender.o.payload))),
            sender.o.ready.eq(self.o.ready & ~config.o.valid),
            config.o.ready.eq(self.o.ready),
            self.idle.eq(~self.control.busy & ~config.busy & ~self.startup.wiping),
            *(part.eq(self.x) for part in (sender.x, config.x)),
            *(part.eq(self.y) for part in (sender.y, config.y)),
        ]  # fmt: skip

    def _bus(self, m: Module) -> None:
        bus, bank = self.config.bus, self.registers.bank
        in_shadow = banked(bus.space, bus.address) & (bank.active != bank.config)
        targets = [part.bus for part in (self.synapses, self.update, self.sender, self.registers)]
        for target in targets:
            m.d.comb += [getattr(target, n).eq(getattr(bus, n)) for n in BUS_OUT]
        m.d.comb += [
            self.config.refused.eq(self.control.busy & ~in_shadow),
            self.config.bank.eq(bank.config),
            *(part.bank.eq(bank.active) for part in (self.synapses, self.update, self.sender)),
            bus.hit.eq(Cat(t.hit for t in targets).any()),
            bus.r_data.eq(targets[0].r_data | targets[1].r_data | targets[2].r_data
                          | targets[3].r_data),
        ]  # fmt: skip
