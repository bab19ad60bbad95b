"""A core's registers: what runs when, sticky errors, counters."""

from amaranth.hdl import Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from mapper.crossbar.layout import BANK, COUNTERS, ERRORS, IDENTITY, Region, Register
from mapper.crossbar.params import CoreParams

from ..config.bus import ConfigBus, config_hit
from ..layouts import struct

__all__ = ["RegisterFile"]


class RegisterFile(wiring.Component):
    """See `mapper.crossbar.layout.Register`.

    Members
    -------
    columns, extension, first_tick, ticks, bank: Out, as written
    errors: In(len(ERRORS)), set the sticky bits
    cycles, events, synaptic_ops, spikes, stray: In, what to add to each counter in this cycle
    bus: In(ConfigBus), Region.REGISTER
    """

    def __init__(self, core: CoreParams) -> None:
        self.core = core
        adds = {r.name.lower(): In(core.column_bits + 1) for r in COUNTERS}
        super().__init__({
            "columns": Out(core.column_bits + 1), "extension": Out(3),
            "first_tick": Out(16), "ticks": Out(16), "bank": Out(struct(BANK)),
            "errors": In(len(ERRORS)),
            **adds,
            "bus": In(ConfigBus()),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        bus = self.bus
        hit, index = config_hit(bus, Region.REGISTER, len(Register))
        # Values that would send the core beyond its memories are refused like a bad address.
        sane = Signal()
        m.d.comb += sane.eq(1)
        with m.Switch(index):
            with m.Case(Register.IDENTITY):
                m.d.comb += sane.eq(0)
            with m.Case(Register.COLUMNS):
                m.d.comb += sane.eq(bus.w_data <= self.core.neurons)
            with m.Case(Register.EXTENSION):
                m.d.comb += sane.eq(bus.w_data < self.core.max_extension.bit_length())
            with m.Case(Register.BANK):
                m.d.comb += sane.eq(bus.w_data >> (self.core.bank_bits * BANK.width) == 0)
        writes = hit & bus.w_en & sane
        sticky = Signal(len(ERRORS))
        counters = {r: Signal(32, name=r.name.lower()) for r in COUNTERS}
        answers = {
            Register.IDENTITY: Const(IDENTITY, 32),
            Register.COLUMNS: self.columns,
            Register.EXTENSION: self.extension,
            Register.FIRST_TICK: self.first_tick,
            Register.TICKS: self.ticks,
            Register.ERRORS: sticky,
            Register.BANK: Value.cast(self.bank),
            **counters,
        }
        m.d.comb += bus.hit.eq(hit & (sane | ~bus.w_en))
        m.d.sync += sticky.eq(sticky | self.errors)
        for register, counter in counters.items():
            m.d.sync += counter.eq(counter + getattr(self, register.name.lower()))
        answer = Signal(32)
        with m.Switch(index):
            for register, value in answers.items():
                with m.Case(register):
                    m.d.comb += answer.eq(value)
        first = Signal(32)
        m.d.sync += [first.eq(Mux(hit, answer, 0)), bus.r_data.eq(first)]
        with m.If(writes):
            with m.Switch(index):
                for register in (Register.COLUMNS, Register.EXTENSION, Register.FIRST_TICK,
                                 Register.TICKS, Register.BANK):  # fmt: skip
                    with m.Case(register):
                        m.d.sync += answers[register].eq(bus.w_data)
                with m.Case(Register.ERRORS):
                    m.d.sync += sticky.eq(0)
                for register, counter in counters.items():
                    with m.Case(register):
                        m.d.sync += counter.eq(0)
        return m
