"""The analog-to-digital converter of a bit line, as the digital side sees it."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from mapper.pim.layout import ADC
from mapper.pim.params import MacroParams

from ..layouts import struct
from ..popcount import popcount

__all__ = ["Converter"]


class Converter(wiring.Component):
    """Combinational. Reads min((number of cells that conduct + offset) >> shift, 2^adc_bits - 1).

    Members
    -------
    cells: In(rows_active), bits stored under the active word lines; raised: In(rows_active)
    adc: In(ADC); code: Out(adc_bits); clipped: Out(1)
    """

    def __init__(self, macro: MacroParams) -> None:
        self.macro = macro
        super().__init__({
            "cells": In(macro.rows_active), "raised": In(macro.rows_active),
            "adc": In(struct(ADC)), "code": Out(macro.adc_bits), "clipped": Out(1),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        largest = self.macro.largest_code
        total = popcount(self.cells & self.raised) + self.adc.offset
        step = Signal(len(total))
        m.d.comb += [
            step.eq(total >> self.adc.shift),
            self.clipped.eq(step > largest),
            self.code.eq(Mux(self.clipped, largest, step)),
        ]
        return m
