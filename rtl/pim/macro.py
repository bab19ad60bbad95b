"""The PIM macro, a core of the mesh."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring

from mapper.packets import Kind, Space
from mapper.pim.layout import COUNTERS, ROUTES, Region
from mapper.pim.params import MacroParams

from ..config.bus import BUS_OUT, config_hit
from ..config.unit import ConfigUnit
from ..hierarchy import Shared
from ..mesh.tile import core_members
from ..popcount import popcount
from ..route_unit import RouteUnit
from .activations import Activations
from .bank import Bank
from .channel_table import ChannelTable
from .drain import Drain
from .fired_flags import FiredFlags
from .gather import Gather
from .periphery import Periphery
from .registers import macro_registers
from .sequencer import Sequencer
from .tick_control import TickControl
from .word_table import WordTable

__all__ = ["PimMacro"]


class PimMacro(wiring.Component):
    """A direct-coded first layer. In the first tick of a sample the kernel's positions are computed
    one after the other, and each neuron's weighted sum is kept for the ticks to come.

    Members
    -------
    i, o: In/Out(packet stream); x, y: In(3), position in the mesh
    idle: Out(1), no tick, no access, nothing waiting to leave
    """

    def __init__(self, macro: MacroParams) -> None:
        self.macro = macro
        super().__init__(core_members())

    def elaborate(self, platform: object) -> Module:
        m = Module()
        macro = self.macro
        place = (macro.activations - 1).bit_length()
        m.submodules.registers = self.registers = macro_registers(macro)
        m.submodules.tick_control = self.control = TickControl()
        m.submodules.activations = self.activations = Activations(macro)
        m.submodules.position = self.position = WordTable(Region.POSITION, macro.positions, place)
        m.submodules.row = self.row = WordTable(Region.ROW, macro.rows * macro.banks, place)
        m.submodules.gather = self.gather = Gather(macro)
        m.submodules.sequencer = self.sequencer = Sequencer(macro)
        self.banks = Shared.several(macro.banks, "pim_bank", lambda: Bank(macro))
        for i, bank in enumerate(self.banks):
            m.submodules[f"bank_{i}"] = bank
            m.d.comb += bank.number.eq(i)
        m.submodules.drain = self.drain = Drain(macro)
        m.submodules.channels = self.channels = ChannelTable(macro)
        m.submodules.periphery = self.periphery = Periphery(macro)
        m.submodules.flags = self.flags = FiredFlags(macro)
        m.submodules.routes = self.routes = self._routes()
        m.submodules.config = self.config = ConfigUnit()
        self._ingress(m)
        self._tick(m)
        self._gather(m)
        self._convert(m)
        self._fire(m)
        self._count(m)
        self._egress(m)
        self._bus(m)
        return m

    def _routes(self) -> RouteUnit:
        macro = self.macro

        def route_hit(bus: wiring.PureInterface) -> tuple[Value, Value]:
            index = bus.address ^ ROUTES
            return (bus.space == Space.SYNAPSE) & (index < macro.routes), index

        return RouteUnit(
            macro.neurons, macro.routes, 1,
            lambda bus: config_hit(bus, Region.POINTER, macro.neurons), route_hit,
        )  # fmt: skip

    def _ingress(self, m: Module) -> None:
        """Sort packets by kind."""
        i, control = self.i, self.control
        accepted = i.valid & i.ready
        is_spike, is_tick = i.p.kind == Kind.SPIKE, i.p.kind == Kind.TICK
        is_read = (i.p.kind == Kind.READ) | (i.p.kind == Kind.SCAN)
        is_config = (i.p.kind == Kind.WRITE) | is_read
        waits = is_read & control.busy
        m.d.comb += [
            i.ready.eq(
                Mux(is_config, self.config.i.ready & ~waits, 1)
                & Mux(is_tick, ~self.config.busy, 1)
            ),
            self.config.i.payload.eq(i.payload),
            self.config.i.valid.eq(i.valid & is_config & ~waits),
            self.config.refused.eq(control.busy),
            control.start.eq(accepted & is_tick & ~control.busy),
            control.tick.eq(i.p.data),
            self.registers.stray.eq(accepted & is_spike),
            self.registers.errors.eq(Cat(
                self.periphery.saturated, self.config.bad,
                accepted & ~is_spike & ~is_tick & ~is_config,
                accepted & is_tick & control.busy,
            )),
        ]  # fmt: skip

    def _tick(self, m: Module) -> None:
        control, registers = self.control, self.registers
        counts = (registers.channels, registers.positions, registers.rows)
        neurons = Signal(range(self.macro.neurons + 1))
        m.d.sync += neurons.eq(registers.channels * registers.positions)
        m.d.comb += [
            control.used.eq(Cat(count != 0 for count in counts).all()),
            control.ticks.eq(registers.ticks),
            control.working.eq(
                self.gather.busy | self.sequencer.busy | self.drain.o.valid
                | self.periphery.busy | self.routes.busy
            ),
            self.gather.start.eq(control.compute),
            self.sequencer.wipe.eq(control.compute),
            self.drain.begin.eq(control.compute),
            self.periphery.again.eq(control.again),
            self.periphery.neurons.eq(neurons),
            *(part.channels.eq(registers.channels)
              for part in (self.periphery, self.sequencer, self.drain)),
            *(part.stack.eq(registers.stack) for part in (self.sequencer, self.drain)),
        ]  # fmt: skip

    def _gather(self, m: Module) -> None:
        gather, registers = self.gather, self.registers
        wiring.connect(m, gather.o, self.sequencer.i)
        m.d.comb += [
            gather.positions.eq(registers.positions), gather.rows.eq(registers.rows),
            self.position.read.eq(gather.position_read),
            self.position.index.eq(gather.position_index),
            gather.position_word.eq(self.position.word),
            self.row.read.eq(gather.row_read), self.row.index.eq(gather.row_index),
            gather.row_word.eq(self.row.word),
            self.activations.read.eq(gather.value_read), self.activations.place.eq(gather.place),
            gather.value.eq(self.activations.value),
        ]  # fmt: skip

    def _convert(self, m: Module) -> None:
        sequencer, drain = self.sequencer, self.drain
        for i, bank in enumerate(self.banks):
            m.d.comb += [
                bank.valid.eq(sequencer.valid[i]),
                bank.step.eq(sequencer.step), bank.step.used.eq(sequencer.used[i]),
                bank.adc.eq(self.registers.adc),
                bank.block.eq(Mux(sequencer.drain, drain.block, sequencer.block)),
                bank.clear.eq(sequencer.clear),
                *(drain.totals[i * self.macro.lanes + lane].eq(bank.totals[lane])
                  for lane in range(self.macro.lanes)),
            ]  # fmt: skip
        m.d.comb += [
            sequencer.settled.eq(~Cat(bank.busy for bank in self.banks).any()),
            drain.drain.eq(sequencer.drain),
            drain.final.eq(sequencer.final),
            sequencer.drained.eq(drain.drained),
        ]

    def _fire(self, m: Module) -> None:
        periphery, channels, flags = self.periphery, self.channels, self.flags
        wiring.connect(m, self.drain.o, periphery.i)
        wiring.connect(m, periphery.o, self.routes.i)
        m.d.comb += [
            channels.read.eq(periphery.channel_read), channels.channel.eq(periphery.channel),
            periphery.parameters.eq(channels.parameters),
            flags.valid.eq(periphery.fired_valid), flags.fired.eq(periphery.fired),
            flags.neuron.eq(periphery.fired_neuron), flags.last.eq(periphery.fired_last),
            self.routes.parity.eq(~self.control.parity),
        ]  # fmt: skip

    def _count(self, m: Module) -> None:
        """What a step converts, added a cycle later."""
        sequencer, registers = self.sequencer, self.registers
        steps = sequencer.valid.any()
        lanes = [u & v.replicate(self.macro.lanes)
                 for u, v in zip(sequencer.used, sequencer.valid, strict=True)]  # fmt: skip
        raised = Signal(range(self.macro.rows_active + 1))
        converted = Signal(range(self.macro.banks * self.macro.lanes * self.macro.weight_bits + 1))
        m.d.sync += [
            raised.eq(Mux(steps, popcount(sequencer.step.raised), 0)),
            converted.eq(popcount(Cat(lanes)) * self.macro.weight_bits),
        ]
        adds = {
            "cycles": self.control.busy, "events": raised,
            "synaptic_ops": raised * converted,
            "spikes": self.periphery.fired_valid & self.periphery.fired,
            "conversions": converted,
            "clipped": sum((bank.clipped for bank in self.banks[1:]), self.banks[0].clipped),
        }  # fmt: skip
        assert len(adds) == len(COUNTERS) - 1  # STRAY is counted where packets arrive
        m.d.comb += [getattr(registers, name).eq(value) for name, value in adds.items()]

    def _egress(self, m: Module) -> None:
        """Replies and spikes never compete: accesses happen only between ticks."""
        routes, config = self.routes, self.config
        m.d.comb += [
            self.o.valid.eq(routes.o.valid | config.o.valid),
            self.o.payload.eq(Mux(config.o.valid, Value.cast(config.o.payload),
                                  Value.cast(routes.o.payload))),
            routes.o.ready.eq(self.o.ready & ~config.o.valid),
            config.o.ready.eq(self.o.ready),
            self.idle.eq(~self.control.busy & ~config.busy),
            *(part.eq(self.x) for part in (routes.x, config.x)),
            *(part.eq(self.y) for part in (routes.y, config.y)),
        ]  # fmt: skip

    def _bus(self, m: Module) -> None:
        bus = self.config.bus
        parts: tuple[Any, ...] = (
                 self.registers, self.activations, self.position, self.row, *self.banks,
                 self.channels, self.periphery, self.flags, self.routes)  # fmt: skip
        answer: Value = Value.cast(0)
        for part in parts:
            m.d.comb += [getattr(part.bus, n).eq(getattr(bus, n)) for n in BUS_OUT]
            answer = answer | part.bus.r_data
        m.d.comb += [
            bus.hit.eq(Cat(part.bus.hit for part in parts).any()),
            bus.r_data.eq(answer),
        ]
