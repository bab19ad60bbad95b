"""The neurons: potentials, comparators, resets."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.wiring import In, Out

from mapper.pim.layout import Region
from mapper.pim.params import MacroParams

from ..config.bus import ConfigBus, config_hit
from ..crossbar.neuron_control import NEURON
from ..crossbar.neuron_step import NeuronStep
from ..popcount import popcount
from .channel_table import Channel
from .drain import NeuronSum

__all__ = ["Periphery"]

_QUEUE = 16  # neurons that have fired and wait for their routes


class Periphery(wiring.Component):
    """One neuron per cycle, in LATENCY cycles: 0 the state is read; 1 decay; 2 integrate, fire,
    reset; 3 written back. In a sample's first tick the sums come from the arrays and are kept;
    in every later tick they are used again, because a direct-coded input stays the same.

    Members
    -------
    i: In(stream NeuronSum), in a first tick; again: In(1), start of a later tick
    neurons, channels: In, in use; channel_read: Out(1); channel: Out; parameters: In(Channel), a
        cycle later
    o: Out(stream range(neurons)), those that fired; busy: Out(1)
    saturated: Out(1)
    bus: In(ConfigBus), Region.POTENTIAL, read only
    fired: Out(1), fired_neuron: Out, fired_last: Out(1), if fired_valid: Out(1): what became of a
        neuron; they come in order
    """

    LATENCY = 1 + NeuronStep.LATENCY

    def __init__(self, macro: MacroParams) -> None:
        self.macro = macro
        neuron = range(macro.neurons)
        super().__init__({
            "i": In(stream.Signature(NeuronSum(macro))), "again": In(1),
            "neurons": In(range(macro.neurons + 1)), "channels": In(range(macro.channels + 1)),
            "channel_read": Out(1), "channel": Out(range(macro.channels)),
            "parameters": In(Channel(macro)),
            "o": Out(stream.Signature(neuron)), "busy": Out(1),
            "saturated": Out(1), "bus": In(ConfigBus()),
            "fired": Out(1), "fired_neuron": Out(neuron), "fired_valid": Out(1),
            "fired_last": Out(1),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        macro = self.macro
        m.submodules.queue = queue = SyncFIFOBuffered(
            width=(macro.neurons - 1).bit_length(), depth=_QUEUE
        )
        m.submodules.step = step = NeuronStep(macro)
        valid = Signal(self.LATENCY)
        room, fresh = Signal(), Signal()
        m.d.comb += [
            room.eq(queue.level + popcount(valid) < _QUEUE - 1),
            self.o.valid.eq(queue.r_rdy), self.o.payload.eq(queue.r_data),
            queue.r_en.eq(self.o.ready),
        ]  # fmt: skip
        entry, enters = self._enter(m, room, valid.any() | (queue.level != 0))
        m.d.sync += [valid.eq(Cat(enters, valid)), fresh.eq(self.i.valid)]
        old, total, new = self._memories(m, entry, enters, fresh)
        stages = [Signal(self._tag(), name=f"stage_{i}") for i in range(self.LATENCY)]
        tag = Cat(entry.neuron, entry.last)
        m.d.sync += [now.eq(last) for now, last in zip(stages, [tag, *stages], strict=False)]
        done = stages[-1]
        control = self.parameters.control
        m.d.comb += [
            step.valid.eq(valid[:2]),
            step.v.eq(Mux(fresh, self.parameters.initial, old.v)),
            step.held.eq(old.held & ~fresh),
            step.sum.eq(total),
            *(step.control[n].eq(control[n]) for n, _ in NEURON.fields),
            step.threshold.eq(self.parameters.threshold), step.bias.eq(self.parameters.bias),
            new.addr.eq(done.neuron), new.en.eq(valid[-1]),
            new.data.v.eq(step.v_next), new.data.held.eq(step.held_next),
            queue.w_en.eq(valid[-1] & step.fired), queue.w_data.eq(done.neuron),
            self.saturated.eq(valid[-1] & step.saturated),
            self.fired.eq(step.fired), self.fired_neuron.eq(done.neuron),
            self.fired_valid.eq(valid[-1]), self.fired_last.eq(done.last),
        ]  # fmt: skip
        return m

    def _tag(self) -> data.StructLayout:
        return data.StructLayout({"neuron": range(self.macro.neurons), "last": 1})

    def _enter(self, m: Module, room: Value, held: Value) -> tuple[data.View, Value]:
        """(the neuron that enters, whether one does): from the arrays, or all of them again.

        held: whether others are still on their way.
        """
        entry, enters = Signal(NeuronSum(self.macro)), Signal()
        neuron, channel = Signal.like(self.i.p.neuron), Signal.like(self.channel)
        running = Signal()
        last, last_channel = neuron + 1 == self.neurons, channel + 1 == self.channels
        m.d.comb += [
            enters.eq((running | self.i.valid) & room),
            self.busy.eq(running | held),
            self.i.ready.eq(room),
            self.channel_read.eq(enters), self.channel.eq(entry.channel),
            entry.eq(self.i.payload),
        ]  # fmt: skip
        with m.If(running):
            m.d.comb += [entry.neuron.eq(neuron), entry.channel.eq(channel), entry.last.eq(last)]
            with m.If(room):
                m.d.sync += [
                    neuron.eq(neuron + 1), channel.eq(Mux(last_channel, 0, channel + 1)),
                    running.eq(~last),
                ]  # fmt: skip
        with m.If(self.again):
            m.d.sync += [neuron.eq(0), channel.eq(0), running.eq(1)]
        return entry, enters

    def _memories(
        self, m: Module, entry: data.View, enters: Value, fresh: Value
    ) -> tuple[data.View, Value, memory.WritePort]:
        """(a neuron's state, its weighted sum, both of the cycle before; where to write states)."""
        macro, bus = self.macro, self.bus
        layout = data.StructLayout({"v": signed(macro.potential_bits), "held": 1})
        m.submodules.states = states = memory.Memory(shape=layout, depth=macro.neurons, init=[])
        m.submodules.sums = sums = memory.Memory(
            shape=signed(macro.sum_bits), depth=macro.neurons, init=[]
        )
        old, kept, keep = states.read_port(), sums.read_port(), sums.write_port()
        hit, index = config_hit(bus, Region.POTENTIAL, macro.neurons)
        was_hit, direct = Signal(), Signal(signed(macro.sum_bits))
        m.d.comb += [
            old.addr.eq(Mux(enters, entry.neuron, index)),
            kept.addr.eq(entry.neuron), kept.en.eq(enters),
            keep.addr.eq(self.i.p.neuron), keep.data.eq(self.i.p.sum),
            keep.en.eq(self.i.valid & self.i.ready),
            bus.hit.eq(hit & ~bus.w_en),
        ]  # fmt: skip
        m.d.sync += [
            direct.eq(self.i.p.sum),
            was_hit.eq(hit),
            bus.r_data.eq(Mux(was_hit, old.data.v, 0)),
        ]
        return old.data, Mux(fresh, direct, kept.data), states.write_port()
