"""What all neurons of an output channel have in common."""

from amaranth.hdl import Module, Mux, Signal, Value, signed
from amaranth.lib import data, memory, wiring
from amaranth.lib.wiring import In, Out

from mapper.crossbar.layout import CONTROL
from mapper.pim.layout import ChannelField, Region
from mapper.pim.params import MacroParams

from ..config.bus import ConfigBus, config_hit
from ..layouts import struct

__all__ = ["Channel", "ChannelTable"]


class Channel(data.StructLayout):
    """The words of a channel, fields as in ChannelField."""

    def __init__(self, macro: MacroParams) -> None:
        v = signed(macro.potential_bits)
        super().__init__({
            "control": struct(CONTROL), "threshold": v, "initial": v, "bias": v
        })  # fmt: skip


class ChannelTable(wiring.Component):
    """Members
    -------
    read: In(1), look up `channel`; in the next cycle parameters: Out(Channel)
    bus: In(ConfigBus), Region.CHANNEL
    """

    def __init__(self, macro: MacroParams) -> None:
        self.macro = macro
        super().__init__({
            "read": In(1), "channel": In(range(macro.channels)),
            "parameters": Out(Channel(macro)), "bus": In(ConfigBus()),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        macro, bus = self.macro, self.bus
        hit, index = config_hit(bus, Region.CHANNEL, macro.channels * 8)
        field, channel = index[:3], index[3:]
        known, read_field, was_hit = Signal(), Signal(3), Signal()
        m.d.comb += [known.eq(hit & (field < len(ChannelField))), bus.hit.eq(known)]
        m.d.sync += [read_field.eq(field), was_hit.eq(known)]
        answer = Signal(32)
        with m.Switch(read_field):
            for which in ChannelField:
                name = which.name.lower()
                own = self.parameters[name]
                m.submodules[name] = words = memory.Memory(
                    shape=Value.cast(own).shape(), depth=macro.channels, init=[]
                )
                read, write = words.read_port(), words.write_port()
                m.d.comb += [
                    read.addr.eq(Mux(self.read, self.channel, channel)),
                    Value.cast(own).eq(read.data),
                    write.addr.eq(channel), write.data.eq(bus.w_data),
                    write.en.eq(known & bus.w_en & (field == which)),
                ]  # fmt: skip
                with m.Case(which):
                    m.d.comb += answer.eq(Value.cast(own))
        m.d.sync += bus.r_data.eq(Mux(was_hit, answer, 0))
        return m
