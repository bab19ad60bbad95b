"""The memories of a PE's neurons: accumulated weights, potentials, thresholds, spike addresses."""

from amaranth.hdl import Module, Mux, Signal, Value, signed
from amaranth.lib import data, memory, wiring
from amaranth.lib.wiring import In, Out

from mapper.yoso.layout import ADDRESS_BITS, STATE, NeuronField, Region
from mapper.yoso.params import PeParams

from ..config.bus import ConfigBus, config_hit
from .operation import parameters, result, state

__all__ = ["NeuronMemory"]


class NeuronMemory(wiring.Component):
    """Each memory has a read port, for load and accesses in turn, and a write port.

    Members
    -------
    read: In(1), load reads `neuron`; in the next cycle total (a), state, parameters: Out
    store_a, store_state: In(1), write `stored` to `store_neuron` in this cycle
    bus: In(ConfigBus), Region.NEURON
    """

    def __init__(self, pe: PeParams) -> None:
        self.pe = pe
        neuron = range(pe.neurons)
        super().__init__({
            "read": In(1), "neuron": In(neuron),
            "total": Out(signed(pe.accumulator_bits)), "state": Out(state(pe)),
            "parameters": Out(parameters(pe)),
            "store_a": In(1), "store_state": In(1), "store_neuron": In(neuron),
            "stored": In(result(pe)), "bus": In(ConfigBus()),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        pe, bus = self.pe, self.bus
        hit, index = config_hit(bus, Region.NEURON, pe.neurons * 8)
        address = Mux(self.read, self.neuron, index >> 3)
        field = index[:3]
        shapes = {
            "accumulators": data.StructLayout({"a": signed(pe.accumulator_bits)}),
            "states": state(pe), "thresholds": data.StructLayout({"v": signed(pe.potential_bits)}),
            "spikes": data.StructLayout({"address": ADDRESS_BITS}),
        }  # fmt: skip
        reads, writes = {}, {}
        for name, shape in shapes.items():
            m.submodules[name] = one = memory.Memory(shape=shape, depth=pe.neurons, init=[])
            reads[name], writes[name] = one.read_port(), one.write_port()
            m.d.comb += reads[name].addr.eq(address)
        m.d.comb += [
            self.total.eq(reads["accumulators"].data.a),
            self.state.eq(reads["states"].data),
            self.parameters.threshold.eq(reads["thresholds"].data.v),
            self.parameters.spike.eq(reads["spikes"].data.address),
            writes["accumulators"].data.a.eq(self.stored.a),
            writes["states"].data.eq(self.stored.state),
            writes["thresholds"].data.v.eq(bus.w_data),
            writes["spikes"].data.address.eq(bus.w_data),
            writes["accumulators"].en.eq(self.store_a),
            writes["states"].en.eq(self.store_state),
        ]
        for name, own in (("thresholds", NeuronField.THRESHOLD), ("spikes", NeuronField.SPIKE)):
            m.d.comb += [
                writes[name].addr.eq(index >> 3),
                writes[name].en.eq(hit & bus.w_en & (field == own)),
            ]
        for name in ("accumulators", "states"):
            m.d.comb += writes[name].addr.eq(self.store_neuron)
        self._answer(m, hit, field)
        return m

    def _answer(self, m: Module, hit: Value, field: Value) -> None:
        """Read-back; potentials and accumulators are read only."""
        bus = self.bus
        writable = (field == NeuronField.THRESHOLD) | (field == NeuronField.SPIKE)
        m.d.comb += bus.hit.eq(hit & (field <= NeuronField.SPIKE) & (writable | ~bus.w_en))
        asked, was_hit = Signal(3), Signal()
        word, shown = Signal(32), Signal(data.StructLayout(dict(STATE.fields)))
        m.d.comb += [
            shown.potential.eq(self.state.v), shown.fired.eq(self.state.fired),
            shown.tick.eq(self.state.tick),
        ]  # fmt: skip
        with m.Switch(asked):
            with m.Case(NeuronField.STATE):
                m.d.comb += word.eq(Value.cast(shown))
            with m.Case(NeuronField.ACCUMULATOR):
                m.d.comb += word.eq(self.total)
            with m.Case(NeuronField.THRESHOLD):
                m.d.comb += word.eq(self.parameters.threshold)
            with m.Case(NeuronField.SPIKE):
                m.d.comb += word.eq(self.parameters.spike)
        m.d.sync += [asked.eq(field), was_hit.eq(hit), bus.r_data.eq(Mux(was_hit, word, 0))]
