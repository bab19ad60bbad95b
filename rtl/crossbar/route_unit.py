"""The routing table: from a column that fired to the packets that it sends."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from mapper.crossbar.layout import POINTER, ROUTE, ColumnField, Region
from mapper.crossbar.params import CoreParams
from mapper.packets import PACKET, SPIKE, SPIKE_TICK, Kind

from ..config.bus import ConfigBus, config_hit
from ..layouts import packet_stream, struct

__all__ = ["RouteUnit"]


class RouteUnit(wiring.Component):
    """Sends one packet per route entry of the column.

    Throughput: one packet per cycle, also across columns; a column without routes takes a cycle.
    Back-pressure: on both sides.

    Members
    -------
    i: In(stream range(neurons)); o: Out(packet stream); busy: Out(1)
    x, y: In(3), the core's position, the origin of OUTPUT packets
    parity: In(1), of the tick that shall consume the SPIKEs; bank: In(1), of the routes to use
    bus: In(ConfigBus), ColumnField.ROUTES and Region.ROUTE
    """

    def __init__(self, core: CoreParams) -> None:
        self.core = core
        super().__init__({
            "i": In(stream.Signature(range(core.neurons))), "o": Out(packet_stream()),
            "busy": Out(1), "x": In(3), "y": In(3), "parity": In(1), "bank": In(1),
            "bus": In(ConfigBus()),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        core = self.core
        m.submodules.pointer = pointers = memory.Memory(
            shape=struct(POINTER), depth=core.neurons * core.banks, init=[]
        )
        m.submodules.route = routes = memory.Memory(
            shape=struct(ROUTE), depth=core.routes * core.banks, init=[]
        )
        pointer, entry = pointers.read_port(), routes.read_port()
        config_column, config_entry = self._configure(m, pointers, routes, pointer, entry)

        # Stage 1 holds a column's pointer while stage 2 reads its entries one by one.
        pointer_valid, entry_valid = Signal(), Signal()
        position, index = Signal(16), Signal(range(core.routes))
        bank = self.bank[: core.bank_bits]
        none, last, done, advance = Signal(), Signal(), Signal(), Signal()
        m.d.comb += [
            index.eq(pointer.data.start + position),
            none.eq(pointer.data.count == 0),
            last.eq(position + 1 == pointer.data.count),
            advance.eq(~entry_valid | self.o.ready),
            done.eq(pointer_valid & (none | (last & advance))),
            self.i.ready.eq(~pointer_valid | done),
            pointer.addr.eq(
                Mux(self.busy | self.i.valid, Cat(self.i.payload, bank), config_column)
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
        in_columns, index = config_hit(bus, Region.COLUMN, self.core.neurons * 8)
        in_routes, entry_index = config_hit(bus, Region.ROUTE, self.core.routes)
        bank = bus.bank[: self.core.bank_bits]
        column = Cat(index[3:][: self.core.column_bits], bank)
        config_entry = Cat(entry_index[: self.core.routes.bit_length() - 1], bank)
        at_pointer = in_columns & (index[:3] == ColumnField.ROUTES)
        for target, hit, address in (
            (pointers.write_port(), at_pointer, column),
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
        return column, config_entry
