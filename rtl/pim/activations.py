"""The input values of a sample."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from mapper.pim.layout import VALUES_PER_WORD, WORD, Region
from mapper.pim.params import MacroParams

from ..config.bus import ConfigBus, config_hit

__all__ = ["Activations"]

_BYTE = WORD // VALUES_PER_WORD


class Activations(wiring.Component):
    """Four values per word.

    Members
    -------
    read: In(1), look up value `place`; in the next cycle value: Out(activation_bits)
    bus: In(ConfigBus), Region.ACTIVATION
    """

    def __init__(self, macro: MacroParams) -> None:
        self.macro = macro
        super().__init__({
            "read": In(1), "place": In(range(macro.activations)),
            "value": Out(macro.activation_bits), "bus": In(ConfigBus()),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        bus, words = self.bus, self.macro.activations // VALUES_PER_WORD
        m.submodules.values = values = memory.Memory(shape=WORD, depth=words, init=[])
        read, write = values.read_port(), values.write_port()
        hit, index = config_hit(bus, Region.ACTIVATION, words)
        was_hit, byte = Signal(), Signal(range(VALUES_PER_WORD))
        m.d.comb += [
            bus.hit.eq(hit),
            write.addr.eq(index),
            write.data.eq(bus.w_data),
            write.en.eq(hit & bus.w_en),
            read.addr.eq(Mux(self.read, self.place // VALUES_PER_WORD, index)),
            self.value.eq(read.data.word_select(byte, _BYTE)),
        ]
        m.d.sync += [
            byte.eq(self.place % VALUES_PER_WORD),
            was_hit.eq(hit),
            bus.r_data.eq(Mux(was_hit, read.data, 0)),
        ]
        return m
