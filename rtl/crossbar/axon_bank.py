"""One bank of the axon buffer: a bitmap of axons and the list of its words that are not empty."""

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from mapper.crossbar.params import CoreParams

__all__ = ["AxonBank", "bank_words", "word_bits", "word_layout"]


def word_bits(core: CoreParams) -> int:
    """Axons per bitmap word."""
    return min(64, 1 << (core.axons - 1).bit_length())


def bank_words(core: CoreParams) -> int:
    """Bitmap words of all phases."""
    return -(-core.axons // word_bits(core)) * core.max_extension


def word_layout(core: CoreParams) -> data.StructLayout:
    """Address of a bitmap word: word within the rows, phase of the axon extension."""
    words = -(-core.axons // word_bits(core))
    return data.StructLayout({"word": range(max(words, 2)), "phase": range(64)})


class AxonBank(wiring.Component):
    """Sets axons, one per cycle; while `draining`, hands them out through `o` instead.

    The list makes the cost of a tick depend on the spikes, not on the number of axons; a bitmap
    word enters it when its first axon is set, so it cannot overflow. An axon set twice is set
    once. Words come out in the order in which they were first touched, and are cleared.

    Members
    -------
    draining: In(1), the bank's role; once it is `empty` it may fill again
    set_valid: In(1), not while draining; set_word: In(word_layout); set_bit: In(range(word_bits))
    wipe: In(1), write 0 to bitmap word `wipe_row`, whatever else goes on
    o: Out(stream {"tag": word_layout, "bits": word_bits}), nothing unless draining
    empty: Out(1), no word is left
    """

    def __init__(self, core: CoreParams) -> None:
        self.core = core
        self._word = word_layout(core)
        self._bits = word_bits(core)
        self._words = -(-core.axons // self._bits)
        super().__init__({
            "wipe": In(1), "wipe_row": In(range(max(bank_words(core), 2))),
            "draining": In(1),
            "set_valid": In(1), "set_word": In(self._word), "set_bit": In(range(self._bits)),
            "o": Out(stream.Signature(data.StructLayout({"tag": self._word, "bits": self._bits}))),
            "empty": Out(1),
        })  # fmt: skip
        # The list from `head` to `tail`; then the entry and the word on their way out.
        self.head, self.tail = (Signal(range(bank_words(core) + 1), name=n)
                                for n in ("head", "tail"))  # fmt: skip
        self.entry_valid, self.word_valid, self.clear = (
            Signal(name=n) for n in ("entry_valid", "word_valid", "clear")
        )
        self.word, self.cleared = (Signal(self._word, name=n) for n in ("word", "cleared"))

    def _address(self, word: data.View) -> Value:
        return (word.phase * self._words + word.word)[: self._address_bits]

    def elaborate(self, platform: object) -> Module:
        m = Module()
        depth = bank_words(self.core)
        self._address_bits = (depth - 1).bit_length()
        m.submodules.bitmap = bitmap = memory.Memory(shape=self._bits, depth=depth, init=[])
        m.submodules.list = listed = memory.Memory(shape=self._word, depth=depth, init=[])
        write, push = bitmap.write_port(), listed.write_port()
        read = bitmap.read_port(transparent_for=(write,))
        pop = listed.read_port()

        # Filling: read the word, write it back with the axon's bit; a transparent port forwards
        # the write to a read of the same word in the next cycle.
        head, tail = self.head, self.tail
        set_valid, set_word = Signal(), Signal(self._word)
        set_bit = Signal.like(self.set_bit)
        m.d.sync += [set_valid.eq(self.set_valid), set_word.eq(self.set_word),
                     set_bit.eq(self.set_bit)]  # fmt: skip
        m.d.comb += [push.addr.eq(tail), push.data.eq(set_word),
                     push.en.eq(set_valid & (read.data == 0))]  # fmt: skip
        # A bank that has handed out everything starts a new list: the next one fits again.
        restart = self.draining & self.empty
        with m.If(restart):
            m.d.sync += tail.eq(0)
        with m.Elif(push.en):
            m.d.sync += tail.eq(tail + 1)

        # Emptying: list entry -> bitmap word -> output, one word per cycle.
        entry_valid, word_valid, clear = self.entry_valid, self.word_valid, self.clear
        word, cleared = self.word, self.cleared
        entry_next, word_next = Signal(), Signal()
        m.d.comb += [
            word_next.eq(self.draining & (~word_valid | self.o.ready)),
            entry_next.eq(self.draining & (~entry_valid | word_next)),
            pop.addr.eq(head), pop.en.eq(entry_next),
            self.o.valid.eq(word_valid), self.o.p.tag.eq(word), self.o.p.bits.eq(read.data),
            self.empty.eq((head == tail) & ~entry_valid & ~word_valid & ~clear),
        ]  # fmt: skip
        m.d.sync += [clear.eq(word_next & entry_valid), cleared.eq(pop.data)]
        with m.If(restart):
            m.d.sync += head.eq(0)
        with m.Elif(entry_next):
            m.d.sync += [entry_valid.eq(head != tail), head.eq(head + (head != tail))]
        with m.If(word_next):
            m.d.sync += [word_valid.eq(entry_valid), word.eq(pop.data)]

        with m.If(self.draining):
            m.d.comb += [read.addr.eq(self._address(pop.data)), read.en.eq(word_next)]
            m.d.comb += [write.addr.eq(self._address(cleared)), write.en.eq(clear)]
        with m.Else():
            m.d.comb += [read.addr.eq(self._address(self.set_word)), read.en.eq(self.set_valid)]
            m.d.comb += [write.addr.eq(self._address(set_word)), write.en.eq(set_valid),
                         write.data.eq(read.data | (1 << set_bit))]  # fmt: skip
        with m.If(self.wipe):
            m.d.comb += [write.addr.eq(self.wipe_row), write.en.eq(1), write.data.eq(0)]
        return m
