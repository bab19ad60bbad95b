"""The crossbar's synapses: an axon event becomes rows of synapse bits, `lanes` at a time."""

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In, Out

from mapper.crossbar.params import CoreParams
from mapper.packets import Space

from ..config.bus import ConfigBus
from ..layouts import SPIKE_LAYOUT
from ..popcount import popcount

__all__ = ["SynapseArray"]


class SynapseArray(wiring.Component):
    """Reads, for each event, only the columns of the event's phase that are in use.

    An event (row, phase) takes ceil(columns / lanes) cycles. Phase p owns the columns from
    p * neurons / f on; they are delivered as columns 0, 1, ... because the complete neurons of
    all phases add up to one spatial neuron (Zou et al. 2021, figure 4).

    Each bank is a memory of its own, never read and written in the same cycle: a single-port SRAM
    will do. While ticks read one, the other can be written (Zou et al. 2021, section 3.1).

    Members
    -------
    i: In(stream SPIKE); columns: In, columns in use per phase; extension: In(3), log2 of f
    o_valid: Out(1); o_group: Out, counter word; o_bits: Out(lanes), which columns to count
    busy: Out(1), an event is on its way; ops: Out, number of ones in o_bits, one cycle later
    event: Out(1), an event was taken
    bank: In(1), the bank to read events' rows from
    bus: In(ConfigBus), Space.SYNAPSE: row << b | chunk, `synapse_chunk` synapses a word
    """

    def __init__(self, core: CoreParams) -> None:
        self.core = core
        super().__init__({
            "i": In(stream.Signature(SPIKE_LAYOUT)),
            "columns": In(core.column_bits + 1), "extension": In(3),
            "o_valid": Out(1), "o_group": Out(range(max(core.groups, 2))),
            "o_bits": Out(core.lanes),
            "busy": Out(1), "ops": Out(range(core.lanes + 1)), "event": Out(1),
            "bank": In(1),
            "bus": In(ConfigBus()),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        core = self.core
        self._word_shift = core.synapse_word.bit_length() - 1
        self._words = core.neurons // core.synapse_word  # memory words per row
        address, offset, last = self._sequence(m)
        word = self._store(m, address)
        self._align(m, word, offset, last)
        return m

    def _sequence(self, m: Module) -> tuple[Value, Value, Value]:
        """Walk the groups of an event: (memory address, bit offset in the word, last group)."""
        core = self.core
        lane_shift = core.lanes.bit_length() - 1
        group = Signal.like(self.o_group)
        last = Signal()
        column = Signal(core.column_bits)  # first column of the group, within the phase's block
        start = Signal(core.column_bits)
        m.d.comb += [
            column.eq(group << lane_shift),
            start.eq(((self.i.p.phase << core.column_bits) >> self.extension) | column),
            last.eq(column + core.lanes >= self.columns),
            self.i.ready.eq(last),
            self.event.eq(self.i.valid & last),
        ]
        with m.If(self.i.valid):
            m.d.sync += group.eq(Mux(last, 0, group + 1))
        self._group = group
        word = Signal(range(max(self._words, 2)))
        m.d.comb += word.eq(start >> self._word_shift)
        return self.i.p.row * self._words + word, start[: self._word_shift], last

    def _store(self, m: Module, address: Value) -> Value:
        """The memories; returns the word at `address`, or that of an access, a cycle later."""
        core, bus = self.core, self.bus
        chunk_bits = (core.neurons // core.synapse_chunk).bit_length() - 1
        per_word = core.synapse_word // core.synapse_chunk
        sub_bits = per_word.bit_length() - 1
        rows = bus.address >> chunk_bits
        sub = bus.address[:sub_bits]
        config = bus.address >> sub_bits
        bank, bank_read = Mux(self.i.valid, self.bank, bus.bank), Signal()
        m.d.comb += bus.hit.eq((bus.space == Space.SYNAPSE) & (rows < core.axons))
        m.d.sync += bank_read.eq(bank)
        words = []
        for i in range(core.banks):
            stored = memory.Memory(shape=core.synapse_word, depth=core.axons * self._words, init=[])
            m.submodules[f"synapse_{i}"] = stored
            write, read = stored.write_port(granularity=core.synapse_chunk), stored.read_port()
            in_use = (bank == i) if core.bank_bits else 1
            written = bus.w_en & bus.hit & ((bus.bank == i) if core.bank_bits else 1)
            m.d.comb += [
                write.addr.eq(config),
                write.data.eq(bus.w_data[: core.synapse_chunk].replicate(per_word)),
                write.en.eq(Mux(written, 1 << sub, 0)),
                read.addr.eq(Mux(self.i.valid, address, config)),
                read.en.eq(in_use & ~written),
            ]
            words.append(read.data)
        word = Array(words)[bank_read] if core.bank_bits else words[0]
        hit, sub_read = Signal(), Signal(max(sub_bits, 1))
        m.d.sync += [hit.eq(bus.hit), sub_read.eq(sub)]
        chunk = word.word_select(sub_read, core.synapse_chunk) if sub_bits else word
        m.d.sync += bus.r_data.eq(Mux(hit, chunk, 0))
        return word

    def _align(self, m: Module, word: Value, offset: Value, last: Value) -> None:
        """Bring the group's columns to lane 0 and drop those beyond the columns in use."""
        core = self.core
        valid, shift = Signal(), Signal(self._word_shift)
        group, partial = Signal.like(self._group), Signal()
        tail = self.columns[: core.lanes.bit_length() - 1]
        mask = Signal(core.lanes)
        m.d.sync += [
            valid.eq(self.i.valid), shift.eq(offset), group.eq(self._group),
            partial.eq(last & (tail != 0)), mask.eq((1 << tail) - 1),
        ]  # fmt: skip
        # Blocks and groups start at multiples of 8 columns, so the low offset bits are zero.
        aligned = (word >> Cat(Const(0, 3), shift[3:]))[: core.lanes]
        m.d.sync += [
            self.o_valid.eq(valid),
            self.o_group.eq(group),
            self.o_bits.eq(Mux(valid, aligned & Mux(partial, mask, ~0), 0)),
            self.ops.eq(popcount(self.o_bits)),
        ]
        m.d.comb += self.busy.eq(self.i.valid | valid | self.o_valid)
