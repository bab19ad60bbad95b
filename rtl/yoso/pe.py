"""The YOSO processing element (Zhang et al. 2021, section IV and figure 4)."""

from amaranth.hdl import Cat, Module, Mux, Value
from amaranth.lib import wiring

from mapper.yoso.layout import COUNTERS, TARGETS
from mapper.yoso.params import PeParams

from ..config.bus import BUS_OUT
from ..config.unit import ConfigUnit
from ..mesh.tile import core_members
from .compute import Compute
from .ingress import Ingress
from .load import Load
from .neuron_memory import NeuronMemory
from .operation import Kind
from .pending_stores import PendingStores
from .registers import pe_registers
from .spike_queue import SpikeQueue
from .spike_sender import SpikeSender
from .store import Store
from .tick_control import TickControl
from .tick_tokens import TickTokens
from .weight_lookup import WeightLookup
from .weight_memory import WeightMemory

__all__ = ["YosoPe"]


class YosoPe(wiring.Component):
    """Router interface (ingress, queue, sender), memories, and the core: load, compute and store,
    which run ahead of each other as far as the queues between them allow. In a tick one weight is
    added per cycle if the PE has at least six neurons.

    Members
    -------
    i, o: In/Out(packet stream); x, y: In(3), position in the mesh
    idle: Out(1), nothing to do before the next packet comes, nothing waiting to leave
    """

    def __init__(self, pe: PeParams) -> None:
        self.pe = pe
        super().__init__(core_members())

    def elaborate(self, platform: object) -> Module:
        m = Module()
        pe = self.pe
        m.submodules.registers = self.registers = pe_registers(pe)
        m.submodules.ingress = self.ingress = Ingress(pe)
        m.submodules.queue = self.queue = SpikeQueue(pe)
        m.submodules.tokens = self.tokens = TickTokens(pe)
        m.submodules.control = self.control = TickControl(pe)
        m.submodules.lookup = self.lookup = WeightLookup(pe)
        m.submodules.load = self.load = Load(pe)
        m.submodules.compute = self.compute = Compute(pe)
        m.submodules.store = self.store = Store(pe)
        m.submodules.pending = self.pending = PendingStores(pe)
        m.submodules.neurons = self.neurons = NeuronMemory(pe)
        m.submodules.weights = self.weights = WeightMemory(pe)
        m.submodules.sender = self.sender = SpikeSender(pe)
        m.submodules.config = self.config = ConfigUnit()
        self._router_interface(m)
        self._core(m)
        self._memories(m)
        self._sends(m)
        self._settings(m)
        self._bus(m)
        return m

    def _router_interface(self, m: Module) -> None:
        ingress, queue, tokens, control = self.ingress, self.queue, self.tokens, self.control
        wiring.connect(m, wiring.flipped(self.i), ingress.i)
        wiring.connect(m, ingress.config, self.config.i)
        waiting = control.running & ~tokens.complete & control.drained
        settled = self.pending.empty & ~self.sender.busy
        m.d.comb += [
            self.idle.eq((control.ended | waiting) & settled & ~self.config.busy),
            ingress.quiet.eq((control.ended | waiting) & settled),
            ingress.settled.eq(settled),
            ingress.ended.eq(control.ended), ingress.tick.eq(control.tick),
            ingress.full.eq(queue.full), ingress.surplus.eq(tokens.surplus),
            queue.push.eq(ingress.spike), queue.address.eq(self.i.p.data),
            queue.push_tick.eq(ingress.arrives), tokens.push.eq(ingress.token),
            tokens.push_tick.eq(ingress.arrives),
            queue.clear.eq(ingress.begin | control.flush), tokens.clear.eq(ingress.begin),
            queue.start.eq(control.start), queue.tick.eq(control.tick),
            tokens.tick.eq(control.tick),
        ]  # fmt: skip

    def _core(self, m: Module) -> None:
        """Spikes -> lookup -> load -> compute -> store."""
        control, lookup, load, store = self.control, self.lookup, self.load, self.store
        wiring.connect(m, self.queue.o, lookup.i)
        wiring.connect(m, lookup.o, control.adds)
        wiring.connect(m, control.o, load.i)
        wiring.connect(m, load.o, self.compute.i)
        wiring.connect(m, self.compute.o, store.i)
        wiring.connect(m, self.pending.o, store.pending)
        m.d.comb += [
            control.begin.eq(self.ingress.begin),
            control.abort.eq(self.ingress.abort),
            control.complete.eq(self.tokens.complete),
            control.drained.eq(self.queue.empty & ~lookup.busy),
            control.stored.eq(self.pending.empty),
            control.fires.eq(store.fires),
            lookup.flush.eq(control.flush),
            self.pending.neuron.eq(load.neuron),
            load.hit.eq(self.pending.hit),
            load.stores_ready.eq(self.pending.i.ready),
            self.pending.i.valid.eq(load.reads),
            self.pending.i.p.kind.eq(load.i.p.kind),
            self.pending.i.p.neuron.eq(load.neuron),
            self.compute.tick.eq(control.tick),
        ]

    def _memories(self, m: Module) -> None:
        """Load reads while it works, accesses otherwise; store and programming write."""
        load, store, neurons = self.load, self.store, self.neurons
        m.d.comb += [
            neurons.read.eq(load.reads), neurons.neuron.eq(load.neuron),
            self.weights.read.eq(load.reads), self.weights.place.eq(load.i.p.weight),
            load.total.eq(neurons.total), load.state.eq(neurons.state),
            load.parameters.eq(neurons.parameters), load.weight.eq(self.weights.weight),
            neurons.store_a.eq(store.store_a), neurons.store_state.eq(store.store_state),
            neurons.store_neuron.eq(store.neuron), neurons.stored.eq(store.stored),
        ]  # fmt: skip

    def _sends(self, m: Module) -> None:
        """Replies and spikes never compete: accesses happen only while nothing else does."""
        sender, config = self.sender, self.config
        wiring.connect(m, self.store.o, sender.spikes)
        wiring.connect(m, self.control.tokens, sender.tokens)
        m.d.comb += [
            sender.tick.eq(self.control.tick), sender.sample.eq(self.ingress.sample),
            self.o.valid.eq(sender.o.valid | config.o.valid),
            self.o.payload.eq(Mux(config.o.valid, Value.cast(config.o.payload),
                                  Value.cast(sender.o.payload))),
            sender.o.ready.eq(self.o.ready & ~config.o.valid),
            config.o.ready.eq(self.o.ready),
            *(part.eq(self.x) for part in (sender.x, config.x)),
            *(part.eq(self.y) for part in (sender.y, config.y)),
        ]  # fmt: skip

    def _settings(self, m: Module) -> None:
        registers, control, ingress = self.registers, self.control, self.ingress
        mode = registers.mode
        m.d.comb += [
            *(part.neurons.eq(registers.neurons) for part in (control, self.lookup)),
            *(part.ticks.eq(registers.ticks) for part in (control, ingress)),
            *(getattr(control, n).eq(mode[n]) for n in ("psp", "exit", "lazy")),
            *(getattr(self.compute, n).eq(mode[n]) for n in ("psp", "silent")),
            self.lookup.listed.eq(mode.listed), self.tokens.sources.eq(registers.sources),
            *(self.sender.targets[i].eq(getattr(registers, r.name.lower()))
              for i, r in enumerate(TARGETS)),
            self.sender.stop.eq(registers.stop), self.sender.host.eq(mode.host),
            self.sender.line.eq(registers.line),
            registers.errors.eq(Cat(
                self.compute.saturated, self.lookup.bad | self.config.bad, ingress.unknown,
                ingress.overflow, ingress.lost_turn,
            )),
        ]  # fmt: skip
        adds = {
            "cycles": ~self.idle, "events": self.lookup.event,
            "synaptic_ops": self.load.reads & (self.load.i.p.kind == Kind.ADD),
            "spikes": self.store.fires, "stray": ingress.stray,
        }  # fmt: skip
        assert len(adds) == len(COUNTERS)
        m.d.comb += [getattr(registers, name).eq(value) for name, value in adds.items()]

    def _bus(self, m: Module) -> None:
        bus = self.config.bus
        targets = [self.registers.bus, self.neurons.bus, self.weights.bus, self.lookup.bus]
        for target in targets:
            m.d.comb += [getattr(target, n).eq(getattr(bus, n)) for n in BUS_OUT]
        m.d.comb += [
            bus.hit.eq(Cat(t.hit for t in targets).any()),
            bus.r_data.eq(targets[0].r_data | targets[1].r_data | targets[2].r_data
                          | targets[3].r_data),
        ]  # fmt: skip
