"""What the route unit promises: the packets of each column that fired, once each, in order."""

from types import SimpleNamespace
from typing import Any

from amaranth.hdl import Assume, Cat, Module, Mux, Signal, Value
from amaranth.lib.wiring import In

from mapper.packets import Kind
from rtl.crossbar.spike_sender import SpikeSender
from rtl.layouts import PACKET_LAYOUT

from .prover import Property, opened

__all__ = ["RouteProperties"]

_SMALL: Any = SimpleNamespace(neurons=4, column_bits=2, routes=8, banks=2, bank_bits=1)


class RouteProperties(Property):
    """Any columns, pointers, routes and stalls; accesses, but no WRITE to the bank in use while
    the unit is busy. `column` waits to be sent from its entry `position` on; `due` is on offer.
    """

    def __init__(self) -> None:
        self.unit = SpikeSender._routes(SimpleNamespace(core=_SMALL))
        super().__init__({
            "valid": In(1), "payload": In(2), "ready": In(1), "any_x": In(3), "any_y": In(3),
            "any_parity": In(1), "any_bank": In(1), "space": In(1), "address": In(16),
            "w_en": In(1), "w_data": In(32), "to_bank": In(1),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = self.start()
        unit = self.unit
        m.submodules.unit = inside = opened(unit)
        self.pointers, self.routes = inside.submodules.pointer, inside.submodules.route
        bus = unit.bus
        m.d.comb += [
            unit.i.valid.eq(self.valid), unit.i.payload.eq(self.payload),
            unit.o.ready.eq(self.ready), unit.x.eq(self.any_x), unit.y.eq(self.any_y),
            unit.parity.eq(self.any_parity), unit.bank.eq(self.any_bank),
            bus.space.eq(self.space), bus.address.eq(self.address), bus.w_en.eq(self.w_en),
            bus.w_data.eq(self.w_data), bus.bank.eq(self.to_bank),
            Assume(~self.w_en | (self.to_bank != self.any_bank)
                   | ~(unit.busy | self.valid | self.before(m, self.valid))),
        ]  # fmt: skip
        self._follow(m)
        self._writes(m)
        return m

    def _at(self, m: Module, stored: Any, place: Value) -> Value:
        port = stored.read_port(domain="comb")
        m.d.comb += port.addr.eq(place)
        return port.data

    def _follow(self, m: Module) -> None:
        unit, o = self.unit, self.unit.o
        column, waiting, position = Signal(2), Signal(), Signal(16)
        offered, entry = Signal(), Signal(3)
        pointer = self._at(m, self.pointers, Cat(column, self.any_bank))
        none, moves = pointer.count == 0, ~offered | self.ready
        last = position + 1 == pointer.count
        done = waiting & (none | (last & moves))
        with m.If(moves):
            m.d.sync += offered.eq(waiting & ~none)
            with m.If(waiting & ~none):
                m.d.sync += [entry.eq(pointer.start + position), position.eq(position + 1)]
        with m.If(done):
            m.d.sync += [waiting.eq(0), position.eq(0)]
        with m.If(self.valid & unit.i.ready):
            m.d.sync += [waiting.eq(1), column.eq(self.payload), position.eq(0)]
        self.claim(m, unit.i.ready == (~waiting | done))
        self.claim(m, unit.busy == (waiting | offered))
        self.claim(m, o.valid == offered)
        route = self._at(m, self.routes, Cat(entry, self.any_bank))
        self.claim(m, ~offered | (Value.cast(o.payload) == self._packet(m, route)))
        self.claim(m, (unit.pointer_valid == waiting) & (unit.position == position))
        self.claim(m, waiting | (position == 0))
        read = self.pointers.read_ports[0].data
        self.claim(m, ~waiting | (Value.cast(read) == Value.cast(pointer)))

    def _packet(self, m: Module, route: Value) -> Value:
        """A ROUTE word as a packet: a SPIKE to its rectangle, or an OUTPUT with its origin."""
        packet = Signal(PACKET_LAYOUT)
        word = Value.cast(route)
        origin = Cat(self.any_x, self.any_y)
        m.d.comb += packet.data.eq(word[:17])
        with m.If(word[29]):
            m.d.comb += packet.kind.eq(Kind.OUTPUT)
            m.d.comb += Cat(packet.x0, packet.y0, packet.x1, packet.y1).eq(origin.replicate(2))
        with m.Else():
            m.d.comb += [packet.kind.eq(Kind.SPIKE), packet.address.eq(self.any_parity)]
            m.d.comb += Cat(packet.x0, packet.y0, packet.x1, packet.y1).eq(word[17:29])
        return Value.cast(packet)

    def _writes(self, m: Module) -> None:
        """A WRITE changes the word that it names, in its bank, and no other."""
        region, index = self.address[13:], self.address[:13]
        inside = self.w_en & (self.space == 1)
        column = (region == 0) & (index < 8 * _SMALL.neurons) & (index[:3] == 5)
        entry = (region == 1) & (index < _SMALL.routes)
        self.claim(m, self.unit.bus.hit == ((self.space == 1) & (column | entry)))
        for stored, hit, place in (
            (self.pointers, column, index[3:5]), (self.routes, entry, index[:3]),
        ):  # fmt: skip
            named, depth = Cat(place, self.to_bank), stored.depth
            for word in range(depth):
                found = Value.cast(self._at(m, stored, word))
                written = self.before(m, inside & hit & (named == word))
                data = self.before(m, self.w_data)[: len(found)]
                self.claim(m, found == Mux(written, data, self.before(m, found)))
