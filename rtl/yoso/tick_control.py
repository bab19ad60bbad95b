"""What a PE does when: clear, add weights until a tick is complete, update, send, the next tick."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from mapper.yoso.params import PeParams

from .operation import Kind, operation

__all__ = ["TickControl"]

_BLOCK = 8
"""Neurons that are passed over at a time when none of them can change."""


class TickControl(wiring.Component):
    """Nobody tells a PE when to end a tick but the tokens that it receives.

    Members
    -------
    begin: In(1), while `ended`: a sample begins; abort: In(1), while not: it ends here
    ended: Out(1), no sample runs; running: Out(1), spikes of `tick` are being added
    tick: Out; start: Out(1), the queue shall hand out the spikes of `tick`
    flush: Out(1), forget spikes
    complete: In(1), the tick's tokens are here; drained: In(1), and its spikes worked off
    stored: In(1), no store is pending; fires: In(1), a neuron fires
    adds: In(stream {"neuron", "weight"}); o: Out(stream of operations)
    tokens: Out(stream {"stop"}), after a tick's spikes
    neurons, ticks, psp, exit, lazy: In, see `mapper.yoso.layout.Register` and MODE
    """

    def __init__(self, pe: PeParams) -> None:
        self.pe = pe
        place = data.StructLayout({"neuron": range(pe.neurons), "weight": range(pe.weights)})
        super().__init__({
            "begin": In(1), "abort": In(1), "ended": Out(1), "running": Out(1),
            "tick": Out(range(pe.ticks)), "start": Out(1), "flush": Out(1),
            "complete": In(1), "drained": In(1), "stored": In(1), "fires": In(1),
            "adds": In(stream.Signature(place)), "o": Out(stream.Signature(operation(pe))),
            "tokens": Out(stream.Signature(data.StructLayout({"stop": 1}))),
            "neurons": In(range(pe.neurons + 1)), "ticks": In(range(pe.ticks + 1)),
            "psp": In(1), "exit": In(1), "lazy": In(1),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        self.walks, self.updates, self.walked = Signal(), Signal(), Signal()
        fired, last = Signal(), Signal()  # a neuron has, in this tick; the sample ends with it
        m.d.comb += [
            self.tokens.p.stop.eq(self.exit & fired),
            last.eq((self.tick + 1 == self.ticks) | self.tokens.p.stop),
        ]
        m.d.sync += fired.eq((fired | self.fires) & ~self.start)
        with m.FSM() as fsm:
            m.d.comb += [
                self.ended.eq(fsm.ongoing("ENDED")),
                self.running.eq(fsm.ongoing("RUN")),
                self.updates.eq(fsm.ongoing("UPDATE")),
                self.walks.eq(fsm.ongoing("CLEAR") | fsm.ongoing("UPDATE")),
            ]
            with m.State("ENDED"):
                m.d.sync += self.tick.eq(0)
                with m.If(self.begin):
                    m.next = "CLEAR"
            with m.State("CLEAR"):
                with m.If(self.walked):
                    m.next = "OPEN"
                self._may_abort(m)
            with m.State("OPEN"):
                m.d.comb += self.start.eq(1)
                m.next = "RUN"
                self._may_abort(m)
            with m.State("RUN"):
                with m.If(self.complete & self.drained):
                    m.next = "UPDATE"
                self._may_abort(m)
            with m.State("UPDATE"):
                with m.If(self.walked):
                    m.next = "CLOSE"
                self._may_abort(m)
            with m.State("CLOSE"):
                m.d.comb += self.tokens.valid.eq(self.stored)
                with m.If(self.tokens.valid & self.tokens.ready):
                    m.d.sync += self.tick.eq(self.tick + 1)
                    m.next = "OPEN"
                    with m.If(last):
                        m.next = "ENDED"
                self._may_abort(m)
            with m.State("ABORT"):
                m.d.comb += self.flush.eq(1)
                with m.If(self.stored):
                    m.next = "ENDED"
        self._operate(m)
        return m

    def _may_abort(self, m: Module) -> None:
        with m.If(self.abort):
            m.next = "ABORT"

    def _operate(self, m: Module) -> None:
        """Walk over the neurons to clear or update them; in between, add weights."""
        at, touched = Signal(range(self.pe.neurons + _BLOCK)), Signal(self.pe.neurons // _BLOCK)
        inside, skips, goes = Signal(), Signal(), Signal()
        block = touched.bit_select(at[3:], 1)
        m.d.comb += [
            inside.eq(at < self.neurons),
            skips.eq(self.updates & self.lazy & (at[:3] == 0) & ~block),
            self.walked.eq(self.walks & ~inside),
            self.o.valid.eq(Mux(self.walks, inside & ~skips, self.adds.valid)),
            self.o.p.kind.eq(Mux(self.updates, Kind.UPDATE, Mux(self.walks, Kind.CLEAR, Kind.ADD))),
            self.o.p.neuron.eq(Mux(self.walks, at, self.adds.p.neuron)),
            self.o.p.weight.eq(self.adds.p.weight),
            self.adds.ready.eq(~self.walks & self.o.ready),
            goes.eq(self.o.valid & self.o.ready),
        ]
        with m.If(~self.walks):
            m.d.sync += at.eq(0)
        with m.Elif(skips):
            m.d.sync += at.eq(at + _BLOCK)
        with m.Elif(goes):
            m.d.sync += at.eq(at + 1)
        # Without PSP a sum lasts for a tick only.
        with m.If(self.ended | (self.start & ~self.psp)):
            m.d.sync += touched.eq(0)
        with m.Elif(goes & ~self.walks):
            m.d.sync += touched.bit_select(self.adds.p.neuron[3:], 1).eq(1)
