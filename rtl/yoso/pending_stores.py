"""The neurons whose stores are still to come: what keeps a load from overtaking a store."""

from amaranth.hdl import Array, Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from mapper.yoso.params import PeParams

from .operation import pending

__all__ = ["PendingStores"]

_DEPTH = 8
"""More than the stages between load and store, so that it never slows the pipeline down."""


class PendingStores(wiring.Component):
    """The queue of addresses from load to store, which load can search.

    Load pushes a neuron when it reads its memories, store pops it in the cycle in which it writes
    them, so a neuron is here exactly as long as the memories may hold an old value of it. Load
    must not read a neuron for which `hit` says that it is here.

    Members
    -------
    i: In(stream {"kind", "neuron"}); o: Out(the same), the oldest
    neuron: In, searched for; hit: Out(1); empty: Out(1)
    """

    def __init__(self, pe: PeParams) -> None:
        self.entry = pending(pe)
        super().__init__({
            "i": In(stream.Signature(self.entry)), "o": Out(stream.Signature(self.entry)),
            "neuron": In(range(pe.neurons)), "hit": Out(1), "empty": Out(1),
        })  # fmt: skip
        self.entries = [Signal(self.entry, name=f"entry_{i}") for i in range(_DEPTH)]
        self.used = Signal(_DEPTH)
        self.head, self.tail = Signal(range(_DEPTH)), Signal(range(_DEPTH))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        entries, used, head, tail = Array(self.entries), self.used, self.head, self.tail
        m.d.comb += [
            self.i.ready.eq(~used.bit_select(tail, 1)),
            self.o.valid.eq(used.bit_select(head, 1)),
            self.o.payload.eq(entries[head]),
            self.hit.eq(Cat(
                used[i] & (entry.neuron == self.neuron) for i, entry in enumerate(entries)
            ).any()),
            self.empty.eq(used == 0),
        ]  # fmt: skip
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += [used.bit_select(head, 1).eq(0), head.eq(head + 1)]
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [
                used.bit_select(tail, 1).eq(1),
                entries[tail].eq(self.i.payload),
                tail.eq(tail + 1),
            ]
        return m
