"""The spikes that have arrived and wait for their tick: one linked list per tick."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from mapper.yoso.layout import ADDRESS_BITS
from mapper.yoso.params import PeParams

__all__ = ["SpikeQueue"]


class SpikeQueue(wiring.Component):
    """Takes a spike in every cycle, for any tick, and hands out those of one tick, in the order in
    which they came: one in two cycles, as long as the others of the tick may still be coming.

    A spike takes a place of its own until `clear`, so the queue never has to search; it is as
    deep as a sample has spikes. One that finds no place is dropped.

    Members
    -------
    push: In(1), a spike arrives in this cycle; address, push_tick: its spike address and its tick
    full: Out(1), it would find no place
    clear: In(1), forget all, also what is pushed in the same cycle
    start: In(1), from the next cycle on hand out the spikes of `tick`; the queue must be `empty`
    tick: In
    o: Out(stream of spike addresses); empty: Out(1), there is none of this tick left
    """

    def __init__(self, pe: PeParams) -> None:
        self.pe = pe
        tick = range(pe.ticks)
        super().__init__({
            "push": In(1), "address": In(ADDRESS_BITS), "push_tick": In(tick), "full": Out(1),
            "clear": In(1), "start": In(1), "tick": In(tick),
            "o": Out(stream.Signature(ADDRESS_BITS)), "empty": Out(1),
        })  # fmt: skip
        # The next place to read, whether it is known, whether one is being read now, with a link.
        self.at, self.ready = Signal(range(pe.queue)), Signal()
        self.reading, self.chained = Signal(), Signal()

    def elaborate(self, platform: object) -> Module:
        m = Module()
        self.used = Signal(range(self.pe.queue + 1))  # places taken
        self.place = self.used[: len(self.used) - 1]  # the next one
        self.known = Signal(self.pe.ticks)  # ticks whose list is not empty
        self.takes = Signal()
        self.current, self.started = Signal(range(self.pe.ticks)), Signal()
        self.now = Mux(self.start, self.tick, self.current)
        m.d.comb += [
            self.full.eq(self.used == self.pe.queue),
            self.takes.eq(self.push & ~self.full),
        ]
        with m.If(self.takes):
            m.d.sync += [
                self.used.eq(self.used + 1),
                self.known.bit_select(self.push_tick, 1).eq(1),
            ]
        with m.If(self.clear):
            m.d.sync += [self.used.eq(0), self.known.eq(0), self.started.eq(0)]
        with m.Elif(self.start):
            m.d.sync += [self.current.eq(self.tick), self.started.eq(1)]
        first, last = self._ends(m)
        self._hand_out(m, first, last)
        return m

    def _ends(self, m: Module) -> tuple[Value, Value]:
        """First and last place of the list of the tick, while it is not empty."""
        shape, depth = self.place.shape(), self.pe.ticks
        m.submodules.first = first = memory.Memory(shape=shape, depth=depth, init=[])
        m.submodules.last = last = memory.Memory(shape=shape, depth=depth, init=[])
        known = self.known.bit_select(self.push_tick, 1)
        for ends, enable in ((first, self.takes & ~known), (last, self.takes)):
            write = ends.write_port()
            m.d.comb += [
                write.addr.eq(self.push_tick), write.data.eq(self.place), write.en.eq(enable)
            ]  # fmt: skip
        # The place before the new one: its link is set when the new one arrives.
        before = last.read_port(domain="comb")
        m.d.comb += before.addr.eq(self.push_tick)
        self.linked, self.before = self.takes & known, before.data
        found = [ends.read_port(domain="comb") for ends in (first, last)]
        m.d.comb += [port.addr.eq(self.now) for port in found]
        return found[0].data, found[1].data

    def _hand_out(self, m: Module, first: Value, last: Value) -> None:
        """`at` is the next place to read, once `ready`. While its spike is being read, so is its
        link; nothing else is read then, so a link that is used was written before.
        """
        at, ready, reading, linked = self.at, self.ready, self.reading, self.chained
        joins, is_last = Signal(), Signal()
        reads = ready & ~reading & (~self.o.valid | self.o.ready)
        stored = data.StructLayout({"address": ADDRESS_BITS})
        m.submodules.spikes = spikes = memory.Memory(shape=stored, depth=self.pe.queue, init=[])
        m.submodules.links = links = memory.Memory(shape=at.shape(), depth=self.pe.queue, init=[])
        spike, link = spikes.read_port(), links.read_port()
        spike_write, link_write = spikes.write_port(), links.write_port()
        m.d.comb += [
            spike_write.addr.eq(self.place), spike_write.en.eq(self.takes),
            Value.cast(spike_write.data).eq(self.address),
            link_write.addr.eq(self.before), link_write.en.eq(self.linked),
            link_write.data.eq(self.place),
            spike.addr.eq(at), link.addr.eq(at),
            joins.eq(self.takes & (self.started | self.start) & (self.push_tick == self.now)),
            is_last.eq(at == last),
            self.empty.eq(~Cat(ready, reading, self.o.valid).any()),
        ]  # fmt: skip
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        m.d.sync += [reading.eq(reads), linked.eq(reads & ~is_last)]
        with m.If(reading):
            m.d.sync += [self.o.valid.eq(1), self.o.payload.eq(spike.data.address)]
        with m.If(reads):
            # The list goes on with a spike that is here, or comes just now, or comes later.
            m.d.sync += [ready.eq(is_last & joins), at.eq(self.place)]
        with m.Elif(linked):
            m.d.sync += [ready.eq(1), at.eq(link.data)]
        with m.Elif(joins & ~ready):
            m.d.sync += [ready.eq(1), at.eq(self.place)]
        with m.If(self.start):
            here = self.known.bit_select(self.tick, 1)
            m.d.sync += [ready.eq(here | joins), at.eq(Mux(here, first, self.place))]
        with m.If(self.clear):
            m.d.sync += [ready.eq(0), reading.eq(0), linked.eq(0), self.o.valid.eq(0)]
