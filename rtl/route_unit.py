"""The routing table: from a neuron that fired to the packets that it sends."""

from collections.abc import Callable

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from mapper.crossbar.layout import POINTER, ROUTE
from mapper.packets import PACKET, SPIKE, SPIKE_TICK, Kind

from .config.bus import ConfigBus
from .layouts import packet_stream, struct

__all__ = ["RouteUnit"]

Hit = Callable[[wiring.PureInterface], tuple[Value, Value]]


class RouteUnit(wiring.Component):
    """Sends one packet per route entry of the neuron.

    Throughput: one packet per cycle, also across neurons; one without routes takes a cycle.
    Back-pressure: on both sides.

    neurons, routes: powers of two, words of the two memories; banks: of each, 1 or 2
    pointer_hit, route_hit: where they are on the bus: bus -> (whether the address is one of the
        memory's words, the word's index)

    Members
    -------
    i: In(stream range(neurons)); o: Out(packet stream); busy: Out(1)
    x, y: In(3), the core's position, the origin of OUTPUT packets
    parity: In(1), of the tick that shall consume the SPIKEs; bank: In(1), of the routes to use
    bus: In(ConfigBus), POINTER and ROUTE words
    """

    def __init__(
        self, neurons: int, routes: int, banks: int, pointer_hit: Hit, route_hit: Hit
    ) -> None:
        self.neurons, self.routes, self.banks = neurons, routes, banks
        self._pointer_hit, self._route_hit = pointer_hit, route_hit
        super().__init__({
            "i": In(stream.Signature(range(neurons))), "o": Out(packet_stream()),
            "busy": Out(1), "x": In(3), "y": In(3), "parity": In(1), "bank": In(1),
            "bus": In(ConfigBus()),
        })  # fmt: skip
        self.pointer_valid, self.position = Signal(), Signal(16)  # of the neuron being sent

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.pointer = pointers = memory.Memory(
            shape=struct(POINTER), depth=self.neurons * self.banks, init=[]
        )
        m.submodules.route = routes = memory.Memory(
            shape=struct(ROUTE), depth=self.routes * self.banks, init=[]
        )
        pointer, entry = pointers.read_port(), routes.read_port()
        config_neuron, config_entry = self._configure(m, pointers, routes, pointer, entry)

        # Stage 1 holds a neuron's pointer while stage 2 reads its entries one by one.
        pointer_valid, position, entry_valid = self.pointer_valid, self.position, Signal()
        index = Signal(range(self.routes))
        bank = self.bank[: self.banks - 1]
        none, last, done, advance = Signal(), Signal(), Signal(), Signal()
        m.d.comb += [
            index.eq(pointer.data.start + position),
            none.eq(pointer.data.count == 0),
            last.eq(position + 1 == pointer.data.count),
            advance.eq(~entry_valid | self.o.ready),
            done.eq(pointer_valid & (none | (last & advance))),
            self.i.ready.eq(~pointer_valid | done),
            pointer.addr.eq(
                Mux(self.busy | self.i.valid, Cat(self.i.payload, bank), config_neuron)
            ),
            pointer.en.eq(self.i.ready),
            entry.addr.eq(Mux(self.busy, Cat(index, bank), config_entry)),
            entry.en.eq(advance),
            self.busy.eq(pointer_valid | entry_valid),
        ]
        with m.If(self.i.ready):
            m.d.sync += pointer_valid.eq(self.i.valid)
        with m.If(advance):
            m.d.sync += entry_valid.eq(pointer_valid & ~none)
            with m.If(pointer_valid & ~none):
                m.d.sync += position.eq(Mux(last, 0, position + 1))
        m.d.comb += self.o.valid.eq(entry_valid)
        self._packet(m, entry.data)
        return m

    def _packet(self, m: Module, route: data.View) -> None:
        """The whole packet in one assignment: a slice that is always 0 would be written as a
        Verilog process that never runs.
        """
        axon, tick = Signal(32), Signal(16)
        m.d.comb += [
            axon.eq(Cat(route[name] for name, _ in SPIKE.fields)),
            tick.eq(Mux(route.host, 0, self.parity << SPIKE_TICK.offset("parity"))),
        ]
        fields = {
            "data": axon,
            "address": tick,
            "kind": Mux(route.host, Const(Kind.OUTPUT, 3), Const(Kind.SPIKE, 3)),
            **{n: Mux(route.host, self.x, route[n]) for n in ("x0", "x1")},
            **{n: Mux(route.host, self.y, route[n]) for n in ("y0", "y1")},
        }
        zero = {name: Const(0, width) for name, width in PACKET.fields}
        words = [(zero | fields)[name][:width] for name, width in PACKET.fields]
        m.d.comb += Value.cast(self.o.payload).eq(Cat(words))

    def _configure(
        self, m: Module, pointers: memory.Memory, routes: memory.Memory, pointer: memory.ReadPort,
        entry: memory.ReadPort,
    ) -> tuple[Value, Value]:  # fmt: skip
        """Accesses: (address of the pointer, of the entry)."""
        bus = self.bus
        at_pointer, neuron = self._pointer_hit(bus)
        in_routes, entry_index = self._route_hit(bus)
        bank = bus.bank[: self.banks - 1]
        config_neuron = Cat(neuron[: self.neurons.bit_length() - 1], bank)
        config_entry = Cat(entry_index[: self.routes.bit_length() - 1], bank)
        for target, hit, address in (
            (pointers.write_port(), at_pointer, config_neuron),
            (routes.write_port(), in_routes, config_entry),
        ):
            m.d.comb += [
                target.addr.eq(address),
                Value.cast(target.data).eq(bus.w_data),
                target.en.eq(bus.w_en & hit),
            ]
        m.d.comb += bus.hit.eq(at_pointer | in_routes)
        pointer_read, entry_read = Signal(), Signal()
        m.d.sync += [
            pointer_read.eq(at_pointer),
            entry_read.eq(in_routes),
            bus.r_data.eq(
                Mux(pointer_read, Value.cast(pointer.data), 0)
                | Mux(entry_read, Value.cast(entry.data), 0)
            ),
        ]
        return config_neuron, config_entry
