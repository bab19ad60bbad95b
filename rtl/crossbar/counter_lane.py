"""One lane of the count array."""

from amaranth.hdl import Module, Mux
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from mapper.crossbar.params import CoreParams

__all__ = ["CounterLane"]


class CounterLane(wiring.Component):
    """Counts the spikes of the columns lane, lanes + lane, 2 * lanes + lane, ...

    Counts cannot overflow: they are wide enough for every axon of every phase. The memory reads
    asynchronously (distributed RAM on an FPGA), so a column may be counted in every cycle. It is
    written in every cycle of work, where nothing is to be added with what it holds: all lanes
    share one write enable, and a simulator has no branch to guess per lane.

    Members
    -------
    group: In, which column; count: Out, its count in the same cycle
    write: In(1), work on the column at the end of the cycle; add: In(1), increment; clear: In(1),
        set to 0
    """

    def __init__(self, core: CoreParams) -> None:
        self.core = core
        super().__init__({
            "group": In(range(max(core.groups, 2))), "count": Out(core.count_bits),
            "write": In(1), "add": In(1), "clear": In(1),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.counts = counts = memory.Memory(
            shape=self.core.count_bits, depth=self.core.groups, init=[]
        )
        read, write = counts.read_port(domain="comb"), counts.write_port()
        m.d.comb += [
            read.addr.eq(self.group),
            self.count.eq(read.data),
            write.addr.eq(self.group),
            write.en.eq(self.write),
            write.data.eq(Mux(self.clear, 0, read.data + self.add)),
        ]
        return m
