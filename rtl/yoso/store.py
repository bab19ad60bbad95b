"""Store: writes results back and sends the spikes of neurons that fired."""

from amaranth.hdl import Module, Value
from amaranth.lib import stream, wiring
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.wiring import In, Out

from mapper.yoso.params import PeParams

from .operation import Kind, firing, pending, result

__all__ = ["Store"]

_RESULTS = 4


class Store(wiring.Component):
    """One result per cycle; waits only while the sender's queue is full.

    Members
    -------
    i: In(stream of results); pending: In(stream of `PendingStores`), the neurons they belong to
    store_a, store_state: Out(1), write `stored` to `neuron` in this cycle
    o: Out(stream {"spike", "neuron"}), neurons that fire; fires: Out(1), one is handed over
    busy: Out(1)
    """

    def __init__(self, pe: PeParams) -> None:
        self.pe = pe
        super().__init__({
            "i": In(stream.Signature(result(pe))), "pending": In(stream.Signature(pending(pe))),
            "store_a": Out(1), "store_state": Out(1), "neuron": Out(range(pe.neurons)),
            "stored": Out(result(pe)), "o": Out(stream.Signature(firing(pe))), "fires": Out(1),
            "busy": Out(1),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.results = results = SyncFIFOBuffered(
            width=result(self.pe).size, depth=_RESULTS
        )
        stores = results.r_rdy & self.pending.valid & (~self.stored.fires | self.o.ready)
        kind = self.pending.p.kind
        m.d.comb += [
            results.w_en.eq(self.i.valid), self.i.ready.eq(results.w_rdy),
            results.w_data.eq(Value.cast(self.i.payload)),
            Value.cast(self.stored).eq(results.r_data),
            results.r_en.eq(stores), self.pending.ready.eq(stores),
            self.neuron.eq(self.pending.p.neuron),
            self.store_a.eq(stores),
            self.store_state.eq(stores & (kind != Kind.ADD)),
            self.o.valid.eq(results.r_rdy & self.pending.valid & self.stored.fires),
            self.o.p.spike.eq(self.stored.spike), self.o.p.neuron.eq(self.neuron),
            self.fires.eq(self.o.valid & self.o.ready),
            self.busy.eq(results.level != 0),
        ]  # fmt: skip
        return m
