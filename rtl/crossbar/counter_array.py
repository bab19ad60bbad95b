"""All count lanes, and the window of them that a tick's end reads and clears."""

from amaranth.hdl import Array, Module, Mux
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from mapper.crossbar.params import CoreParams

from ..hierarchy import Shared
from .counter_lane import CounterLane

__all__ = ["CounterArray"]


class CounterArray(wiring.Component):
    """Counts per column. Counting and taking exclude each other.

    Members
    -------
    i_valid: In(1); i_group: In; i_bits: In(lanes): count these columns
    take: In(1); chunk: In: deliver the counts of one update chunk and clear them
    wipe: In(1); wipe_group: In: set a group's counts to 0, after a reset
    counts: Out array(update_lanes), in the cycle of `take`
    """

    def __init__(self, core: CoreParams) -> None:
        self.core = core
        super().__init__({
            "i_valid": In(1), "i_group": In(range(max(core.groups, 2))), "i_bits": In(core.lanes),
            "take": In(1), "chunk": In(range(max(core.chunks, 2))),
            "wipe": In(1), "wipe_group": In(range(max(core.groups, 2))),
            "counts": Out(core.count_bits).array(core.update_lanes),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        core = self.core
        parts = core.lanes // core.update_lanes  # update chunks per counter word
        shift = parts.bit_length() - 1
        part = self.chunk[:shift]
        group = Mux(self.take, self.chunk >> shift, self.i_group)
        group = Mux(self.wipe, self.wipe_group, group)
        lanes = Shared.several(core.lanes, "crossbar_counter_lane", lambda: CounterLane(core))
        for i, lane in enumerate(lanes):
            m.submodules[f"lane_{i}"] = lane
            taken = self.take & (part == i // core.update_lanes) if shift else self.take
            m.d.comb += [
                lane.group.eq(group),
                lane.write.eq(self.i_valid | self.take | self.wipe),
                lane.add.eq(self.i_valid & self.i_bits[i]),
                lane.clear.eq(taken | self.wipe),
            ]
        for u in range(core.update_lanes):
            choices = Array(lanes[p * core.update_lanes + u].count for p in range(parts))
            m.d.comb += self.counts[u].eq(choices[part] if shift else choices[0])
        return m
