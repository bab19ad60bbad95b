"""The weight memory: four weights per word, read one at a time."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import data, memory, wiring
from amaranth.lib.wiring import In, Out

from mapper.packets import Space
from mapper.yoso.layout import WEIGHTS_PER_WORD
from mapper.yoso.params import PeParams

from ..config.bus import ConfigBus

__all__ = ["WeightMemory"]


class WeightMemory(wiring.Component):
    """Members
    -------
    read: In(1), load reads weight `place`; in the next cycle weight: Out
    bus: In(ConfigBus), Space.SYNAPSE
    """

    def __init__(self, pe: PeParams) -> None:
        self.pe = pe
        super().__init__({
            "read": In(1), "place": In(range(pe.weights)), "weight": Out(signed(pe.weight_bits)),
            "bus": In(ConfigBus()),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        pe, bus = self.pe, self.bus
        words = pe.weights // WEIGHTS_PER_WORD
        shape = data.ArrayLayout(signed(pe.weight_bits), WEIGHTS_PER_WORD)
        m.submodules.words = weights = memory.Memory(shape=shape, depth=words, init=[])
        read, write = weights.read_port(), weights.write_port()
        hit = (bus.space == Space.SYNAPSE) & (bus.address < words)
        lane, was_hit = Signal(range(WEIGHTS_PER_WORD)), Signal()
        m.d.comb += [
            read.addr.eq(Mux(self.read, self.place // WEIGHTS_PER_WORD, bus.address)),
            self.weight.eq(read.data[lane]),
            write.addr.eq(bus.address), write.en.eq(hit & bus.w_en),
            *(write.data[i].eq(bus.w_data[8 * i : 8 * i + 8]) for i in range(WEIGHTS_PER_WORD)),
            bus.hit.eq(hit),
        ]  # fmt: skip
        # A byte per weight, sign-extended.
        answer = Cat(Cat(w, w[-1].replicate(8 - len(w))) for w in (
            read.data[i].as_unsigned() for i in range(WEIGHTS_PER_WORD)
        ))  # fmt: skip
        m.d.sync += [
            lane.eq(self.place % WEIGHTS_PER_WORD),
            was_hit.eq(hit),
            bus.r_data.eq(Mux(was_hit, answer, 0)),
        ]
        return m
