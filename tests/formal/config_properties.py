"""What the config unit makes of an access: which words it writes, reads and answers, and when."""

from amaranth.hdl import Assume, Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from mapper.packets import Kind
from rtl.config.unit import ConfigUnit
from rtl.layouts import PACKET_LAYOUT, packet_stream
from rtl.popcount import popcount

from .open_fifo import OpenFifo
from .prover import Property, opened

__all__ = ["ConfigProperties"]

_ANSWERS = 8


class ConfigProperties(Property):
    """Any WRITE, READ and SCAN, any address, length and stride; free are what targets say, what
    the host takes, and how long the queue of answers lags. `packet` is being worked on if `busy`.
    """

    def __init__(self, unit: ConfigUnit) -> None:
        self.unit = unit
        super().__init__({
            "i": In(packet_stream()), "ready": In(1), "refused": In(1), "hit": In(1),
            "r_data": In(32), "lag": In(1), "any_bank": In(1), "any_x": In(3), "any_y": In(3),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = self.start()
        unit = self.unit
        m.submodules.unit = inside = opened(unit)
        self.answers = inside.submodules.answers
        self.queue: OpenFifo = opened(self.answers).submodules.queue
        wiring.connect(m, wiring.flipped(self.i), unit.i)
        kind = self.i.p.kind
        m.d.comb += [
            unit.o.ready.eq(self.ready), unit.refused.eq(self.refused), unit.bank.eq(self.any_bank),
            unit.bus.hit.eq(self.hit), unit.bus.r_data.eq(self.r_data), self.queue.lag.eq(self.lag),
            unit.x.eq(self.any_x), unit.y.eq(self.any_y),
            Assume((kind == Kind.WRITE) | (kind == Kind.READ) | (kind == Kind.SCAN)),
        ]  # fmt: skip
        self._access(m)
        self._answers(m)
        return m

    def _access(self, m: Module) -> None:
        """A WRITE takes a cycle; a READ or SCAN asks for count + 1 words, `stride` apart."""
        unit, bus = self.unit, self.unit.bus
        busy, packet = Signal(), Signal(PACKET_LAYOUT)
        left, address = Signal(16), Signal(16)
        writes, asks = busy & (packet.kind == Kind.WRITE), self.answers.asked
        done = writes | (asks & (left == 0))
        with m.If(asks):
            m.d.sync += [left.eq(left - 1), address.eq(address + packet.data[16:])]
        with m.If(done):
            m.d.sync += busy.eq(0)
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [busy.eq(1), packet.eq(self.i.payload)]
            m.d.sync += [left.eq(self.i.p.data[:16]), address.eq(self.i.p.address)]
        self.claim(m, self.i.ready == (~busy | done))
        self.claim(m, bus.w_en == (writes & ~self.refused))
        self.claim(m, asks == (busy & ~writes & self.answers.room))
        seen, expected = Cat(bus.space, bus.address, bus.w_data), Cat(packet.space, address)
        self.claim(m, ~busy | (seen == Cat(expected, packet.data)))
        self.claim(m, bus.bank == self.any_bank)
        used = writes | asks
        self.claim(m, unit.bad == ((writes & self.refused) | (used & ~self.hit)))
        self.claim(m, unit.active == busy)
        self.claim(m, ~busy | (unit.left == left) | writes)
        self.claim(m, ~busy | (unit.packet.kind == packet.kind))
        # One answer per word of a READ, one for all words of a SCAN.
        is_sum = packet.kind == Kind.SCAN
        self.due = self.before(m, asks & (~is_sum | (left == 0)), 3)
        self.told = self.before(m, expected, 3)
        self.is_sum = self.before(m, is_sum, 3)
        self.busy, self.asks = busy, asks

    def _answers(self, m: Module) -> None:
        """None is lost, changed or told twice, however slowly the host takes them."""
        unit, queue, o = self.unit, self.queue, self.unit.o
        flight = Cat(self.before(m, self.asks, n) for n in (1, 2, 3))
        known = queue.level + popcount(flight)
        self.claim(m, known <= _ANSWERS - 1)
        self.claim(m, self.answers.room == (known < _ANSWERS - 1))
        self.claim(m, unit.busy == (self.busy | (known != 0)))
        self.claim(m, queue.w_en == self.due)
        self.claim(m, ~queue.w_en | queue.w_rdy)
        data, space, address = queue.w_data[:32], queue.w_data[-1], queue.w_data[32:48]
        self.claim(m, ~self.due | (Cat(space, address) == self.told))
        self.claim(m, ~self.due | self.is_sum | (data == self.before(m, self.r_data)))
        word, origin = queue.entries[0], Cat(self.any_x, self.any_y)
        answer = Signal(PACKET_LAYOUT)
        m.d.comb += [
            Cat(answer.data, answer.address, answer.space).eq(word), answer.kind.eq(Kind.REPLY),
            Cat(answer.x0, answer.y0, answer.x1, answer.y1).eq(origin.replicate(2)),
        ]  # fmt: skip
        self.claim(m, o.valid == queue.r_rdy)
        self.claim(m, ~o.valid | (Value.cast(o.payload) == Value.cast(answer)))
        self.claim(m, queue.r_en == self.ready)
