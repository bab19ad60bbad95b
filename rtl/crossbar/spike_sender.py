"""From the fired flags of a tick to packets, and the flags' read-back."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import data, memory, wiring
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.wiring import In, Out

from mapper.crossbar.layout import ColumnField, Region
from mapper.crossbar.params import CoreParams

from ..bit_scanner import BitScanner
from ..config.bus import BUS_OUT, ConfigBus, config_hit
from ..layouts import packet_stream
from ..route_unit import RouteUnit

__all__ = ["SpikeSender"]


class SpikeSender(wiring.Component):
    """Sends while the update still runs; its queue holds a whole tick, so it never stalls it.

    Members
    -------
    i_valid: In(1); i_chunk: In; i_fired: In(update_lanes)
    o: Out(packet stream); busy: Out(1); x, y: In(3); parity: In(1), of the tick to come
    bank: In(1), of the routes to use
    bus: In(ConfigBus): Region.FIRED, Region.ROUTE, ColumnField.ROUTES
    """

    def __init__(self, core: CoreParams) -> None:
        self.core = core
        super().__init__({
            "i_valid": In(1), "i_chunk": In(range(max(core.chunks, 2))),
            "i_fired": In(core.update_lanes),
            "o": Out(packet_stream()), "busy": Out(1), "x": In(3), "y": In(3),
            "parity": In(1), "bank": In(1),
            "bus": In(ConfigBus()),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        core = self.core
        chunk = self.i_chunk.shape()
        layout = data.StructLayout({"chunk": chunk, "fired": core.update_lanes})
        # One place more than there are chunks: the output register's place does not count while
        # the chunks are still coming in.
        m.submodules.queue = queue = SyncFIFOBuffered(width=layout.size, depth=core.chunks + 1)
        m.submodules.scanner = scanner = BitScanner(core.update_lanes, chunk)
        m.submodules.routes = routes = self._routes()
        head = data.View(layout, queue.r_data)
        shift = core.update_lanes.bit_length() - 1
        m.d.comb += [
            queue.w_en.eq(self.i_valid & self.i_fired.any()),
            queue.w_data.eq(Cat(self.i_chunk, self.i_fired)),
            scanner.i.valid.eq(queue.r_rdy), queue.r_en.eq(scanner.i.ready),
            scanner.i.p.tag.eq(head.chunk), scanner.i.p.bits.eq(head.fired),
            routes.i.valid.eq(scanner.o.valid), scanner.o.ready.eq(routes.i.ready),
            routes.i.payload.eq(Cat(scanner.o.p.index[:shift], scanner.o.p.tag)),
            routes.x.eq(self.x), routes.y.eq(self.y), routes.parity.eq(self.parity),
            routes.bank.eq(self.bank),
            self.busy.eq((queue.level != 0) | scanner.o.valid | routes.busy),
        ]  # fmt: skip
        wiring.connect(m, routes.o, wiring.flipped(self.o))
        self._read_back(m, routes)
        return m

    def _routes(self) -> RouteUnit:
        core = self.core

        def pointer_hit(bus: wiring.PureInterface) -> tuple[Value, Value]:
            hit, index = config_hit(bus, Region.COLUMN, core.neurons * 8)
            return hit & (index[:3] == ColumnField.ROUTES), index[3:]

        return RouteUnit(
            core.neurons, core.routes, core.banks, pointer_hit,
            lambda bus: config_hit(bus, Region.ROUTE, core.routes),
        )  # fmt: skip

    def _read_back(self, m: Module, routes: RouteUnit) -> None:
        """Keep the flags of the last active tick for the host."""
        core, bus = self.core, self.bus
        m.submodules.fired = fired = memory.Memory(
            shape=core.update_lanes, depth=core.chunks, init=[]
        )
        write, read = fired.write_port(), fired.read_port()
        hit, index = config_hit(bus, Region.FIRED, core.neurons // core.fired_word)
        shift = (core.update_lanes // core.fired_word).bit_length() - 1
        hit_read, part = Signal(), Signal(max(shift, 1))
        word = read.data.word_select(part, core.fired_word) if shift else read.data
        answer = Signal(32)
        m.d.sync += [hit_read.eq(hit), part.eq(index[:shift]), answer.eq(Mux(hit_read, word, 0))]
        m.d.comb += [
            write.addr.eq(self.i_chunk), write.data.eq(self.i_fired), write.en.eq(self.i_valid),
            read.addr.eq(index >> shift),
            *(getattr(routes.bus, n).eq(getattr(bus, n)) for n in BUS_OUT),
            bus.hit.eq(routes.bus.hit | (hit & ~bus.w_en)),
            bus.r_data.eq(answer | routes.bus.r_data),
        ]  # fmt: skip
