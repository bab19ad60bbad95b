"""A table that the host writes and the macro reads."""

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from ..config.bus import ConfigBus, config_hit

__all__ = ["WordTable"]


class WordTable(wiring.Component):
    """depth words of `bits` bits in a region of the config space.

    Members
    -------
    read: In(1), look up word `index`; in the next cycle word: Out(bits)
    bus: In(ConfigBus)
    """

    def __init__(self, region: int, depth: int, bits: int) -> None:
        self._region, self._depth, self._bits = region, depth, bits
        super().__init__({
            "read": In(1), "index": In(range(depth)), "word": Out(bits), "bus": In(ConfigBus()),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        bus = self.bus
        m.submodules.words = words = memory.Memory(shape=self._bits, depth=self._depth, init=[])
        read, write = words.read_port(), words.write_port()
        hit, index = config_hit(bus, self._region, self._depth)
        was_hit, own = Signal(), Signal()
        m.d.comb += [
            bus.hit.eq(hit),
            write.addr.eq(index), write.data.eq(bus.w_data), write.en.eq(hit & bus.w_en),
            own.eq(self.read),
            read.addr.eq(Mux(own, self.index, index)),
            self.word.eq(read.data),
        ]  # fmt: skip
        m.d.sync += [
            was_hit.eq(hit),
            bus.r_data.eq(Mux(was_hit, Value.cast(read.data), 0)),
        ]
        return m
