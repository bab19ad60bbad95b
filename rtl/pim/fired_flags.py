"""Who fired in the last active tick, for the host."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In

from mapper.pim.layout import WORD, Region
from mapper.pim.params import MacroParams

from ..config.bus import ConfigBus, config_hit

__all__ = ["FiredFlags"]


class FiredFlags(wiring.Component):
    """Neurons come in order, from 0 on.

    Members
    -------
    valid, fired, last: In(1); neuron: In
    bus: In(ConfigBus), Region.FIRED, read only
    """

    def __init__(self, macro: MacroParams) -> None:
        self.macro = macro
        super().__init__({
            "valid": In(1), "fired": In(1), "last": In(1), "neuron": In(range(macro.neurons)),
            "bus": In(ConfigBus()),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        bus, words = self.bus, self.macro.neurons // WORD
        m.submodules.words = flags = memory.Memory(shape=WORD, depth=words, init=[])
        read, write = flags.read_port(), flags.write_port()
        hit, index = config_hit(bus, Region.FIRED, words)
        word, was_hit = Signal(WORD), Signal()
        place = self.neuron % WORD
        m.d.comb += [
            write.addr.eq(self.neuron // WORD),
            write.data.eq(word | (self.fired << place)),
            write.en.eq(self.valid & (self.last | (place == WORD - 1))),
            read.addr.eq(index),
            bus.hit.eq(hit & ~bus.w_en),
        ]
        with m.If(self.valid):
            m.d.sync += word.eq(Mux(write.en, 0, write.data))
        m.d.sync += [was_hit.eq(hit), bus.r_data.eq(Mux(was_hit, read.data, 0))]
        return m
