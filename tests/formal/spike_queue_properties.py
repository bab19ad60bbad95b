"""The spikes of a tick leave the queue once each, in the order in which they came."""

from amaranth.hdl import Array, Assume, Cat, Module, Mux, Signal, Value
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In

from rtl.yoso.spike_queue import SpikeQueue

from .prover import Property, opened

__all__ = ["SpikeQueueProperties"]


class SpikeQueueProperties(Property):
    """Pushes, starts, clears, and who takes, are as free as a PE can make them. A spike's address
    is its number, by which it is known when it comes out; the queue does not look at it.

    induction: also claim what the memories hold, without which the induction does not close
    """

    def __init__(self, queue: SpikeQueue, induction: bool = True) -> None:
        self.queue, self.induction, tick = queue, induction, range(queue.pe.ticks)
        super().__init__({
            "push": In(1), "push_tick": In(tick), "clear": In(1), "starts": In(1),
            "tick": In(tick), "ready": In(1),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = self.start()
        queue = self.queue
        m.submodules.queue = inside = opened(queue)
        self.arrived = Signal(range(queue.pe.queue + 1))
        self.current, self.started = Signal(range(queue.pe.ticks)), Signal()
        m.d.comb += [
            queue.push.eq(self.push), queue.push_tick.eq(self.push_tick),
            queue.address.eq(self.arrived), queue.clear.eq(self.clear),
            queue.start.eq(self.starts), queue.tick.eq(self.tick), queue.o.ready.eq(self.ready),
        ]  # fmt: skip
        self._environment(m)
        self._contents(m)
        if self.induction:
            self._lists(m, inside)
            self._reads(m, inside)
        return m

    def _environment(self, m: Module) -> None:
        """Ticks follow each other; none starts while spikes of the last are left; the ingress
        refuses spikes of a tick that is over.
        """
        m.d.comb += [
            Assume(~(self.starts & self.clear)),
            Assume(~self.starts | self.queue.empty),
            Assume(~self.starts | ~self.started | (self.tick > self.current)),
            Assume(~self.push | ~self.started | (self.push_tick >= self.current)),
            Assume(~self.push | ~self.starts | (self.push_tick >= self.tick)),
        ]
        with m.If(self.clear):
            m.d.sync += self.started.eq(0)
        with m.Elif(self.starts):
            m.d.sync += [self.started.eq(1), self.current.eq(self.tick)]

    def _contents(self, m: Module) -> None:
        """`waits`: spikes that are here; those of the present tick leave, the oldest first."""
        queue, depth = self.queue, self.queue.pe.queue
        self.waits, self.due, oldest = Signal(depth), Signal(depth), Signal(depth)
        self.ticks = [Signal(range(queue.pe.ticks), name=f"tick_{i}") for i in range(depth)]
        takes = self.push & (self.arrived != depth)
        leaves = queue.o.valid & self.ready
        of_tick = Cat(t == self.current for t in self.ticks)
        m.d.comb += [
            self.due.eq(self.waits & of_tick & self.started.replicate(depth)),
            oldest.eq(self.due & -self.due),
        ]
        self.claim(m, queue.full == (self.arrived == depth))
        self.claim(m, queue.empty == (self.due == 0))
        self.claim(m, ~queue.o.valid | (_bit(queue.o.payload, depth) == oldest))
        stays = self.before(m, queue.o.valid & ~self.ready & ~self.clear)
        self.claim(m, ~stays | queue.o.valid)
        new = (takes << self.arrived)[:depth]
        m.d.sync += self.waits.eq((self.waits | new) & ~(leaves.replicate(depth) & oldest))
        with m.If(takes):
            m.d.sync += self.arrived.eq(self.arrived + 1)
            m.d.sync += Array(self.ticks)[self.arrived].eq(self.push_tick)
        with m.If(self.clear):
            m.d.sync += [self.waits.eq(0), self.arrived.eq(0)]

    def _lists(self, m: Module, inside: Module) -> None:
        """What the induction needs: the memories hold every tick's list."""
        queue, depth = self.queue, self.queue.pe.queue
        places = range(depth)
        self.claim(m, queue.used == self.arrived)
        self.claim(m, self.arrived <= depth)
        self.claim(m, (queue.started == self.started) & (queue.current == self.current))
        here = Cat(i < self.arrived for i in places)
        self.claim(m, (self.waits & ~here) == 0)
        for tick in range(queue.pe.ticks):
            mine = Signal(depth)
            m.d.comb += mine.eq(here & Cat(t == tick for t in self.ticks))
            first, last = (self._at(m, inside.submodules[n], tick) for n in ("first", "last"))
            highest = Signal(depth)
            m.d.comb += highest.eq(Cat(mine[i] & ~mine[i + 1 :].any() for i in places))
            self.claim(m, queue.known[tick] == mine.any())
            self.claim(m, ~mine.any() | (_bit(first, depth) == (mine & -mine)))
            self.claim(m, ~mine.any() | (_bit(last, depth) == highest))
            for i in places:
                link, after = self._at(m, inside.submodules.links, i), mine & (-2 << i)
                self.claim(m, ~mine[i] | ~after.any() | (_bit(link, depth) == (after & -after)))
            # A tick's spikes leave in their order; later ticks' wait.
            gone = mine & ~self.waits
            is_now, waits = self.started & (self.current == tick), mine & self.waits
            self.claim(m, ~is_now | ((gone & ~((waits & -waits) - 1)) == 0) | (waits == 0))
            later = ~self.started | (self.current < tick)
            self.claim(m, ~later | (gone == 0))
        for i in places:
            spike = self._at(m, inside.submodules.spikes, i).address
            self.claim(m, (i >= self.arrived) | (spike == i))

    def _reads(self, m: Module, inside: Module) -> None:
        """Those due are, in their order, offered, being read, to be read, or linked."""
        queue, depth = self.queue, self.queue.pe.queue
        spike, link = (inside.submodules[n].read_ports[0].data for n in ("spikes", "links"))
        first, rest = self.due & -self.due, Signal(depth)
        offered = queue.o.valid | queue.reading
        m.d.comb += rest.eq(Mux(offered, self.due & ~first, self.due))
        second = rest & -rest
        self.claim(m, ~(queue.o.valid & queue.reading))
        self.claim(m, ~queue.reading | (_bit(spike.address, depth) == first))
        self.claim(m, ~queue.chained | (queue.reading & ~queue.ready))
        self.claim(m, ~queue.chained | (_bit(link, depth) == second))
        self.claim(m, ~queue.ready | (_bit(queue.at, depth) == second))
        self.claim(m, queue.ready | queue.chained | (rest == 0))
        self.claim(m, self.started | ~Cat(queue.ready, offered).any())

    @staticmethod
    def _at(m: Module, memory: Memory, place: int) -> Value:
        port = memory.read_port(domain="comb")
        m.d.comb += port.addr.eq(place)
        return port.data


def _bit(number: Value, depth: int) -> Value:
    return Cat(number == i for i in range(depth))
