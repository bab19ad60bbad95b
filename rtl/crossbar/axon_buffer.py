"""The axon buffer: collects the spikes of later ticks while it hands out those of this one."""

from amaranth.hdl import Cat, Module, Mux, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from mapper.crossbar.params import CoreParams

from ..bit_scanner import BitScanner
from ..layouts import SPIKE_LAYOUT
from .axon_bank import AxonBank, bank_words, word_bits, word_layout

__all__ = ["AxonBuffer"]


class AxonBuffer(wiring.Component):
    """Two banks, for ticks of even and odd parity.

    A spike goes into the bank of its own parity, so it may come before, during or after the tick
    before its own. A bank drains in the tick of its parity and fills at any other time.
    Throughput: one spike in and one event out per cycle. It always accepts: `i` has no ready.

    Members
    -------
    i_valid: In(1); i: In(SPIKE); i_parity: In(1); extension: In(3), log2 of f
    bad: Out(1), the spike of this cycle names an axon that does not exist; it is not stored
    late: Out(1), the spike of this cycle is for the tick that runs; it is not stored
    draining: In(2), the bank whose tick runs; spikes accepted up to two cycles earlier come out
    wipe: In(1); wipe_row: In: empty a word of both banks, after a reset
    o: Out(stream {"row", "phase"}), active axons in no particular order
    empty: Out(1), all events of this tick have been taken
    """

    def __init__(self, core: CoreParams) -> None:
        self.core = core
        super().__init__({
            "wipe": In(1), "wipe_row": In(range(max(bank_words(core), 2))),
            "i_valid": In(1), "i": In(SPIKE_LAYOUT), "i_parity": In(1), "extension": In(3),
            "bad": Out(1), "late": Out(1), "draining": In(2),
            "o": Out(stream.Signature(SPIKE_LAYOUT)),
            "empty": Out(1),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        bits = word_bits(self.core)
        shift = bits.bit_length() - 1
        exists = (self.i.row < self.core.axons) & ((self.i.phase >> self.extension) == 0)
        late = self.draining.bit_select(self.i_parity, 1)
        # Told in so many words where there is one phase only: synthesis then drops the others.
        phase = self.i.phase if self.core.max_extension > 1 else 0
        m.d.comb += [
            self.bad.eq(self.i_valid & ~exists),
            self.late.eq(self.i_valid & exists & late),
        ]

        layout = word_layout(self.core)
        m.submodules.scanner = scanner = BitScanner(bits, layout)
        banks = [AxonBank(self.core) for _ in range(2)]
        m.submodules += banks
        for i, bank in enumerate(banks):
            m.d.comb += [
                bank.draining.eq(self.draining[i]),
                bank.wipe.eq(self.wipe),
                bank.wipe_row.eq(self.wipe_row),
                bank.set_valid.eq(self.i_valid & exists & ~late & (self.i_parity == i)),
                bank.set_word.word.eq(self.i.row >> shift),
                bank.set_word.phase.eq(phase),
                bank.set_bit.eq(self.i.row[:shift]),
            ]
        # A bank that does not drain is silent, so at most one feeds the scanner.
        tags = [data.View(layout, Mux(b.o.valid, Value.cast(b.o.p.tag), 0)) for b in banks]
        m.d.comb += [
            scanner.i.valid.eq(banks[0].o.valid | banks[1].o.valid),
            Value.cast(scanner.i.p.tag).eq(Value.cast(tags[0]) | Value.cast(tags[1])),
            scanner.i.p.bits.eq(Mux(self.draining[0], banks[0].o.p.bits, banks[1].o.p.bits)),
            *(bank.o.ready.eq(scanner.i.ready) for bank in banks),
            self.o.valid.eq(scanner.o.valid),
            scanner.o.ready.eq(self.o.ready),
            self.o.p.row.eq(Cat(scanner.o.p.index[:shift], scanner.o.p.tag.word)),
            self.o.p.phase.eq(scanner.o.p.tag.phase),
            self.empty.eq(Mux(self.draining[0], banks[0].empty, banks[1].empty) & ~scanner.o.valid),
        ]
        return m
