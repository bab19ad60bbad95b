"""A core's registers: settings, sticky errors, counters."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from amaranth.hdl import Const, Module, Mux, ShapeLike, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .bus import ConfigBus, config_hit

__all__ = ["RegisterFile", "Setting"]

_LARGEST_WORD = (1 << 32) - 1


@dataclass(frozen=True)
class Setting:
    """A register that the host writes. Values above `largest` would send the core beyond its
    memories; they are refused like a bad address.
    """

    shape: ShapeLike
    largest: int


class RegisterFile(wiring.Component):
    """A fabric says which registers there are; all of them are named as in its `Register`.

    registers: the enum; it must have IDENTITY (read only) and ERRORS (sticky)
    region:    where the registers are in the config space; identity: what IDENTITY reads as
    settings:  register -> Setting; counters: register -> bits of what is added in a cycle
    errors:    number of sticky bits

    Members
    -------
    one Out per setting, as written; one In per counter, to be added in this cycle; `errors`: In,
    sets sticky bits; bus: In(ConfigBus)
    """

    def __init__(
        self, registers: type[IntEnum], region: int, identity: int,
        settings: Mapping[Any, Setting], counters: Mapping[Any, int], errors: int,
    ) -> None:  # fmt: skip
        self.registers, self.region, self.identity = registers, region, identity
        self.settings, self.counters, self._errors = settings, counters, errors
        super().__init__({
            **{r.name.lower(): Out(s.shape) for r, s in settings.items()},
            **{r.name.lower(): In(bits) for r, bits in counters.items()},
            "errors": In(errors), "bus": In(ConfigBus()),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        bus = self.bus
        hit, index = config_hit(bus, self.region, len(self.registers))
        sane = Signal()
        m.d.comb += sane.eq(1)
        with m.Switch(index):
            with m.Case(self.registers["IDENTITY"]):
                m.d.comb += sane.eq(0)
            for register, setting in self.settings.items():
                if setting.largest == _LARGEST_WORD:
                    continue  # nothing to compare
                with m.Case(register):
                    m.d.comb += sane.eq(bus.w_data <= setting.largest)
        sticky = Signal(self._errors)
        counters = {r: Signal(32, name=r.name.lower()) for r in self.counters}
        settings = {r: Value.cast(getattr(self, r.name.lower())) for r in self.settings}
        m.d.comb += bus.hit.eq(hit & (sane | ~bus.w_en))
        m.d.sync += sticky.eq(sticky | self.errors)
        for register, counter in counters.items():
            m.d.sync += counter.eq(counter + getattr(self, register.name.lower()))
        answers = {
            self.registers["IDENTITY"]: Const(self.identity, 32),
            self.registers["ERRORS"]: sticky,
            **settings, **counters,
        }  # fmt: skip
        self._read(m, hit, index, answers)
        with m.If(hit & bus.w_en & sane), m.Switch(index):
            for register, value in settings.items():
                with m.Case(register):
                    m.d.sync += value.eq(bus.w_data)
            with m.Case(self.registers["ERRORS"]):
                m.d.sync += sticky.eq(0)
            for register, counter in counters.items():
                with m.Case(register):
                    m.d.sync += counter.eq(0)
        return m

    def _read(self, m: Module, hit: Value, index: Value, answers: dict[IntEnum, Value]) -> None:
        answer, first = Signal(32), Signal(32)
        with m.Switch(index):
            for register, value in answers.items():
                with m.Case(register):
                    m.d.comb += answer.eq(value)
        m.d.sync += [first.eq(Mux(hit, answer, 0)), self.bus.r_data.eq(first)]
