"""A bank of the macro: bit cells, converters, shift-and-add, partial sums."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import data, memory, wiring
from amaranth.lib.wiring import In, Out

from mapper.packets import Space
from mapper.pim.layout import ADC, ROUTES, WORD
from mapper.pim.params import MacroParams

from ..config.bus import ConfigBus
from ..layouts import struct
from ..popcount import popcount
from .converter import Converter

__all__ = ["Bank", "Step"]


class Step(data.StructLayout):
    """One conversion: the group of rows and the block of columns; `raised`, the word lines of one
    bit of the activations, `plane` the number of that bit; `used`, the lanes that hold a channel.
    """

    def __init__(self, macro: MacroParams) -> None:
        super().__init__({
            "group": range(macro.groups), "block": range(macro.blocks),
            "raised": macro.rows_active, "plane": range(macro.activation_bits),
            "used": macro.lanes,
        })  # fmt: skip


class Bank(wiring.Component):
    """rows x columns bit cells, written a word at a time; addresses between the words read as 0.

    One conversion of `lanes` weights per cycle, in LATENCY cycles:

    cycle 0 the cells are read; 1 counted and converted; 2 the bits of each weight are shifted and
    added, and once more by the activation's bit; 3 added to the block's sums.

    Members
    -------
    valid: In(1); step: In(Step); adc: In(ADC); number: In(3), of the bank; busy: Out(1)
    block: In; totals: Out(signed(partial_bits)).array(lanes), the sums of that block, in the same
        cycle; clear: In(1), they become 0. Only while not busy
    clipped: Out, conversions of used lanes that clipped, of the step of 2 cycles ago
    bus: In(ConfigBus), Space.SYNAPSE below ROUTES
    """

    LATENCY = 3

    def __init__(self, macro: MacroParams) -> None:
        self.macro = macro
        super().__init__({
            "valid": In(1), "step": In(Step(macro)), "adc": In(struct(ADC)), "number": In(3),
            "busy": Out(1), "block": In(range(max(macro.blocks, 2))), "clear": In(1),
            "totals": Out(signed(macro.partial_bits)).array(macro.lanes),
            "clipped": Out(range(macro.lanes * macro.weight_bits + 1)),
            "bus": In(ConfigBus()),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        valid = Signal(self.LATENCY)
        steps = [Signal(Step(self.macro), name=f"step_{i}") for i in range(self.LATENCY)]
        m.d.sync += valid.eq(Cat(self.valid, valid))
        m.d.sync += [now.eq(last) for now, last in zip(steps, [self.step, *steps], strict=False)]
        m.d.comb += self.busy.eq(valid.any())
        cells = self._array(m)
        values = self._convert(m, cells, valid, steps)
        self._accumulate(m, values, valid[2], steps[2].block)
        return m

    def _array(self, m: Module) -> Value:
        """The bit cells, read by steps or by the bus; written by the bus alone."""
        macro, bus = self.macro, self.bus
        parts, part_bits = macro.parts, (macro.parts - 1).bit_length()
        block_bits = (macro.blocks - 1).bit_length()
        depth = macro.groups << block_bits
        m.submodules.cells = cells = memory.Memory(shape=parts * WORD, depth=depth, init=[])
        read, write = cells.read_port(), cells.write_port(granularity=WORD)
        part = bus.address[:part_bits]
        place = bus.address[part_bits:][: (depth - 1).bit_length()]
        bank = bus.address[part_bits + (depth - 1).bit_length() :]
        exists = (part < parts) & (place[:block_bits] < macro.blocks)
        hit, was_hit, was_part = Signal(), Signal(), Signal(max(part_bits, 1))
        m.d.comb += [
            hit.eq((bus.space == Space.SYNAPSE) & (bus.address < ROUTES) & (bank == self.number)
                   & (exists | ~bus.w_en)),
            bus.hit.eq(hit),
            write.addr.eq(place), write.data.eq(bus.w_data.replicate(parts)),
            write.en.eq(Mux(hit & bus.w_en, 1 << part, 0)),
            read.addr.eq(Mux(self.valid, Cat(self.step.block[:block_bits], self.step.group),
                             place)),
        ]  # fmt: skip
        m.d.sync += [
            was_hit.eq(hit & exists), was_part.eq(part),
            bus.r_data.eq(Mux(was_hit, read.data.word_select(was_part, WORD), 0)),
        ]  # fmt: skip
        return read.data

    def _convert(self, m: Module, cells: Value, valid: Value, steps: list) -> list[Signal]:
        """Per lane: what its weights add to the sum, in cycle 3."""
        macro = self.macro
        first, second = steps[0], steps[1]
        clips, values = [], []
        for lane in range(macro.lanes):
            codes = []
            for bit in range(macro.weight_bits):
                column = lane * macro.weight_bits + bit
                m.submodules[f"adc_{column}"] = adc = Converter(macro)
                code = Signal(macro.adc_bits, name=f"code_{column}")
                m.d.comb += [
                    adc.cells.eq(cells.word_select(column, macro.rows_active)),
                    adc.raised.eq(first.raised), adc.adc.eq(self.adc),
                ]  # fmt: skip
                m.d.sync += code.eq(adc.code)
                codes.append(code)
                clips.append(adc.clipped & first.used[lane])
            value = Signal(signed(macro.partial_bits), name=f"value_{lane}")
            m.d.sync += value.eq((self._weigh(codes) << self.adc.shift) << second.plane)
            values.append(value)
        m.d.sync += self.clipped.eq(Mux(valid[0], popcount(Cat(clips)), 0))
        return values

    @staticmethod
    def _weigh(codes: list[Signal]) -> Value:
        """The bits of a two's complement weight, the last one negative."""
        value: Value = -(codes[-1] << (len(codes) - 1))
        for bit, code in enumerate(codes[:-1]):
            value = value + (code << bit)
        return value

    def _accumulate(self, m: Module, values: list[Signal], valid: Value, block: Value) -> None:
        macro = self.macro
        shape = data.ArrayLayout(signed(macro.partial_bits), macro.lanes)
        m.submodules.sums = sums = memory.Memory(shape=shape, depth=macro.blocks, init=[])
        read, write = sums.read_port(domain="comb"), sums.write_port()
        where = Signal.like(self.block, name="where")
        m.d.comb += [
            where.eq(Mux(valid, block, self.block)),
            read.addr.eq(where), write.addr.eq(where),
            write.en.eq(valid | self.clear),
        ]  # fmt: skip
        for lane, value in enumerate(values):
            m.d.comb += [
                self.totals[lane].eq(read.data[lane]),
                write.data[lane].eq(Mux(valid, read.data[lane] + value, 0)),
            ]
