"""What a bank of the axon buffer promises: the axons that were set come out, each once."""

from types import SimpleNamespace
from typing import Any

from amaranth.hdl import Assume, Cat, Module, Signal, Value
from amaranth.lib.wiring import In

from rtl.crossbar.axon_bank import AxonBank
from rtl.popcount import popcount

from .prover import Property, opened

__all__ = ["AxonBankProperties"]

_WORDS, _BITS = 4, 2
_SMALL: Any = SimpleNamespace(axons=_BITS, max_extension=_WORDS)
"""Narrower than `CoreParams` allows: four phases of one word of two axons."""


class AxonBankProperties(Property):
    """Any axons, set at any time while the bank does not drain; it drains until it is empty.
    `axons` are those that have been set and not come out yet, word by word.
    """

    def __init__(self, bank: type[AxonBank] = AxonBank) -> None:
        self.bank = bank(_SMALL)
        super().__init__({
            "draining": In(1), "set_valid": In(1), "phase": In(range(_WORDS)),
            "bit": In(range(_BITS)), "ready": In(1),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = self.start()
        bank = self.bank
        m.submodules.bank = inside = opened(bank)
        self.bitmap, self.list = inside.submodules.bitmap, inside.submodules.list
        m.d.comb += [
            bank.draining.eq(self.draining), bank.set_valid.eq(self.set_valid),
            bank.set_word.phase.eq(self.phase), bank.set_bit.eq(self.bit),
            bank.o.ready.eq(self.ready),
            # A TICK comes after the spikes before it; it ends when its axons have been taken.
            Assume(~(self.draining & (self.set_valid | self.before(m, self.set_valid)))),
            Assume(self.draining | ~self.before(m, self.draining & ~bank.empty)),
        ]  # fmt: skip
        self.axons = [Signal(_BITS, name=f"axons_{w}") for w in range(_WORDS)]
        self._specified(m)
        for word, axons in enumerate(self.axons):
            self._word(m, word, axons)
        self._idle(m)
        return m

    def _specified(self, m: Module) -> None:
        bank = self.bank
        o, none = bank.o, ~Cat(self.axons).any()
        for word, axons in enumerate(self.axons):
            mine = o.valid & (o.p.tag.phase == word)
            self.claim(m, ~mine | ((o.p.bits == axons) & axons.any()))
            with m.If(mine & self.ready):
                m.d.sync += axons.eq(0)
            with m.If(self.set_valid & (self.phase == word)):
                m.d.sync += axons.eq(axons | (1 << self.bit))
        self.claim(m, ~o.valid | ((o.p.tag.phase < _WORDS) & (o.p.tag.word == 0)))
        self.claim(m, ~o.valid | self.draining)
        offer = Cat(o.valid, Value.cast(o.payload))
        waits = self.before(m, o.valid & ~self.ready)
        self.claim(m, ~waits | (offer == self.before(m, offer)))
        self.claim(m, ~self.draining | (bank.empty == (none & ~bank.clear)))
        # It offers the next word within three cycles.
        silent = Signal(2)
        m.d.sync += silent.eq(0)
        with m.If(self.draining & ~none & ~o.valid):
            m.d.sync += silent.eq(silent + 1)
        self.claim(m, silent <= 2)
        self.claim(m, (silent != 1) | bank.entry_valid | bank.word_valid)
        self.claim(m, (silent != 2) | bank.word_valid)

    def _word(self, m: Module, word: int, axons: Signal) -> None:
        """What the induction needs: a word with axons is in the list, or on its way, once."""
        bank, there = self.bank, self.bitmap.read_port(domain="comb")
        m.d.comb += there.addr.eq(word)
        seen, entry = self.bitmap.read_ports[0].data, self.list.read_ports[0].data
        places = []
        for place in range(_WORDS):
            port = self.list.read_port(domain="comb")
            m.d.comb += port.addr.eq(place)
            in_use = (bank.head <= place) & (place < bank.tail)
            places.append(in_use & self._is(port.data, word))
            self.claim(m, ~in_use | ((port.data.phase < _WORDS) & (port.data.word == 0)))
        self.claim(m, ~bank.entry_valid | ((entry.phase < _WORDS) & (entry.word == 0)))
        listed, held = Signal(), bank.word_valid & self._is(bank.word, word)
        places.append(bank.entry_valid & self._is(entry, word))
        m.d.comb += listed.eq(Cat(places).any())
        self.claim(m, popcount(Cat(*places, held)) <= 1)
        cleared = bank.clear & self._is(bank.cleared, word)
        is_set = self.before(m, self.set_valid & (self.phase == word))
        bit = (1 << self.before(m, self.bit))[:_BITS]
        new = is_set & (there.data == 0)
        self.claim(m, axons.any() == (listed | held | new))
        self.claim(m, ~is_set | (seen == there.data))
        self.claim(m, ~listed | is_set | (there.data == axons))
        self.claim(m, ~is_set | ((there.data | bit) == axons))
        self.claim(m, ~listed | there.data.any())
        self.claim(m, listed | cleared | (there.data == 0))
        self.claim(m, ~held | (seen == axons))

    def _idle(self, m: Module) -> None:
        bank = self.bank
        ways = Cat(bank.entry_valid, bank.word_valid, bank.clear)
        self.claim(m, self.draining | (ways == 0))
        self.claim(m, self.draining | (bank.head == 0))
        self.claim(m, (bank.head <= bank.tail) & (bank.tail <= _WORDS))
        same = Value.cast(bank.cleared) == Value.cast(bank.word)
        self.claim(m, ~bank.clear | (bank.word_valid & same))

    @staticmethod
    def _is(found: Value, word: int) -> Value:
        return (found.phase == word) & (found.word == 0)
