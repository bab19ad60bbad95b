"""The crossbar chip: cores, interconnect, tick barrier, one packet port for the host."""

from amaranth.hdl import Cat, Module, Mux, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from mapper.crossbar.params import ChipParams

from ..hierarchy import Shared
from ..layouts import packet_stream
from ..packet_bus import PacketBus
from ..packet_queue import PacketQueue
from ..tick_gate import TickGate
from .core import CrossbarCore

__all__ = ["CrossbarChip"]

_QUEUE = 8
"""Packets that may wait on each side of the host port."""


class CrossbarChip(wiring.Component):
    """width x height cores; core i sits at (i % width, i // width).

    Queues make the host port's ready and valid depend on registers alone.

    Members
    -------
    i: In(packet stream), from the host: SPIKE, TICK, WRITE, READ, in the order they shall act
    o: Out(packet stream), to the host: OUTPUT packets of a tick, then its DONE; REPLY
    """

    def __init__(self, params: ChipParams) -> None:
        self.params = params
        super().__init__({"i": In(packet_stream()), "o": Out(packet_stream())})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        params = self.params
        m.submodules.gate = gate = TickGate()
        m.submodules.bus = bus = PacketBus(params)
        cores = Shared.several(params.cores, "crossbar_core", lambda: CrossbarCore(params.core))
        m.submodules.queue_i = queue_i = PacketQueue(_QUEUE)
        m.submodules.queue_o = queue_o = PacketQueue(_QUEUE)
        wiring.connect(m, wiring.flipped(self.i), queue_i.i)
        wiring.connect(m, queue_i.o, gate.i)
        wiring.connect(m, queue_o.o, wiring.flipped(self.o))
        wiring.connect(m, gate.o, bus.host_i)
        for i, core in enumerate(cores):
            m.submodules[f"core_{i}"] = core
            x, y = params.position(i)
            m.d.comb += [core.x.eq(x), core.y.eq(y)]
            wiring.connect(m, bus.core_o[i], core.i)
            wiring.connect(m, core.o, bus.core_i[i])
        m.d.comb += [
            gate.idle.eq(bus.idle & Cat(core.idle for core in cores).all()),
            gate.lost.eq(bus.lost),
            # The bus is empty when a tick is done, so the two never compete.
            queue_o.i.valid.eq(bus.host_o.valid | gate.done.valid),
            queue_o.i.payload.eq(Mux(gate.done.valid, Value.cast(gate.done.payload),
                                  Value.cast(bus.host_o.payload))),
            bus.host_o.ready.eq(queue_o.i.ready & ~gate.done.valid),
            gate.done.ready.eq(queue_o.i.ready),
        ]  # fmt: skip
        return m
