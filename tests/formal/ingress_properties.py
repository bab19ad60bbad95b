"""What a PE does with a packet, whichever it is and whenever it comes."""

from amaranth.hdl import Assume, Cat, Module, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In

from mapper.packets import Kind
from mapper.yoso.layout import TAG, TOKEN
from mapper.yoso.params import PeParams
from rtl.layouts import packet_stream, struct
from rtl.yoso.ingress import Ingress
from rtl.yoso.tick_control import TickControl

from .prover import Property

__all__ = ["IngressProperties"]

_FREE = ("quiet", "settled", "full", "surplus", "accepts")
_WORK = ("complete", "drained", "stored")


class IngressProperties(Property):
    """Ingress and tick control; the rest of the PE, the packets and the settings are free."""

    def __init__(self, ingress: Ingress, pe: PeParams) -> None:
        self.pe, self.ingress, self.control = pe, ingress, TickControl(pe)
        super().__init__({
            "i": In(packet_stream()), **dict.fromkeys((*_FREE, *_WORK), In(1)),
            "takes": In(1), "any_ticks": In(range(pe.ticks + 1)),
            "any_neurons": In(range(pe.neurons + 1)),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = self.start()
        m.submodules.ingress, m.submodules.control = ingress, control = self.ingress, self.control
        wiring.connect(m, wiring.flipped(self.i), ingress.i)
        m.d.comb += [
            *(getattr(ingress, n).eq(getattr(self, n)) for n in _FREE[:-1]),
            *(getattr(control, n).eq(getattr(self, n)) for n in _WORK),
            ingress.config.ready.eq(self.accepts), control.o.ready.eq(self.takes),
            control.tokens.ready.eq(self.takes), control.neurons.eq(self.any_neurons),
            *(part.ticks.eq(self.any_ticks) for part in (ingress, control)),
            ingress.ended.eq(control.ended), ingress.tick.eq(control.tick),
            control.begin.eq(ingress.begin), control.abort.eq(ingress.abort),
            Assume(self.any_ticks <= self.pe.ticks),  # larger settings are refused
        ]  # fmt: skip
        self.tag = data.View(struct(TAG), self.i.p.address[: TAG.width])
        self.waits = self.before(m, self.i.valid & ~self.i.ready)
        same = Value.cast(self.i.payload) == self.before(m, Value.cast(self.i.payload))
        m.d.comb += Assume(~self.waits | (self.i.valid & same))
        self._reaction(m)
        self._sample(m)
        return m

    def _reaction(self, m: Module) -> None:
        """Exactly one for each packet: it is worked on, waits, or is dropped and reported."""
        ingress, i, tag, ended = self.ingress, self.i, self.tag, self.control.ended
        names = ("spike", "token", "begin", "abort", "stray", "unknown", "overflow", "lost_turn")
        expected = {name: Signal(name=f"expect_{name}") for name in names}
        ready, config = Signal(), Signal()
        m.d.comb += ready.eq(1)
        mine = tag.sample == ingress.sample
        is_open = (tag.tick >= self.control.tick) & (tag.tick < self.any_ticks) & ~self.surplus
        stop = (i.p.kind == Kind.TICK) & i.p.data[TOKEN.offset("stop")]

        def react(name: str) -> None:
            m.d.comb += expected[name].eq(i.valid)

        with m.Switch(i.p.kind):
            with m.Case(Kind.WRITE, Kind.READ, Kind.SCAN):
                m.d.comb += [ready.eq(self.quiet & self.accepts), config.eq(i.valid & self.quiet)]
            with m.Case(Kind.SPIKE, Kind.TICK):
                with m.If(ended & ~stop & mine):
                    react("stray")
                with m.Elif(ended & ~stop):
                    m.d.comb += [ready.eq(~i.valid), expected["begin"].eq(i.valid & self.settled)]
                with m.Elif(~ended & ~mine):
                    react("lost_turn")
                with m.Elif(~ended & stop):
                    react("abort")
                with m.Elif(~ended & ~is_open):
                    react("lost_turn")
                with m.Elif(~ended & (i.p.kind == Kind.TICK)):
                    react("token")
                with m.Elif(~ended & self.full):
                    react("overflow")
                with m.Elif(~ended):
                    react("spike")
            with m.Default():
                react("unknown")
        self.claim(m, Cat(getattr(ingress, n) for n in names) == Cat(expected.values()))
        self.claim(m, ingress.config.valid == config)
        self.claim(m, i.ready == ready)
        arrives = ingress.spike | ingress.token
        self.claim(m, ~arrives | (ingress.arrives == tag.tick))
        self.claim(m, Value.cast(ingress.config.payload) == Value.cast(i.payload))

    def _sample(self, m: Module) -> None:
        """A sample begins with its first packet, which is taken in the cycle after `settled`."""
        ingress, control, tag = self.ingress, self.control, self.tag
        begun, was_ended = self.before(m, ingress.begin), self.before(m, control.ended)
        number, ended_stop = self.before(m, tag.sample), Signal()
        is_stop = (self.i.p.kind == Kind.TICK) & self.i.p.data[TOKEN.offset("stop")]
        m.d.comb += ended_stop.eq(self.i.valid & is_stop & control.ended)
        self.claim(m, ~begun | (ingress.sample == number))
        self.claim(m, ~begun | (~control.ended & self.i.ready))
        changes = begun | self.before(m, ended_stop)
        first = Signal(init=1)
        m.d.sync += first.eq(0)
        kept = ingress.sample == self.before(m, ingress.sample)
        self.claim(m, first | changes | kept)
        self.claim(m, ~self.before(m, ended_stop) | (ingress.sample == number))
        # It begins with tick 0, and only so; nothing but its end or a stop ends it.
        self.claim(m, first | ~was_ended | control.ended | begun)
        self.claim(m, ~begun | (control.tick == 0))
