"""The end of a tick: counts become sums, sums potentials, potentials spikes."""

from amaranth.hdl import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from mapper.crossbar.layout import ColumnField, Region
from mapper.crossbar.params import CoreParams

from ..hierarchy import Shared
from .column_sum import ColumnSum
from .config_bus import ConfigBus, config_hit
from .neuron_lane import NeuronLane

__all__ = ["UpdatePipeline"]


class UpdatePipeline(wiring.Component):
    """Updates `update_lanes` columns per cycle. Chunks must enter in order, lane 0's first.

    Members
    -------
    i_valid: In(1); i_chunk: In; counts: In array(update_lanes); fresh: In(1), held in the tick
    o_valid: Out(1); o_chunk: Out; o_fired: Out(update_lanes), by column
    saturated: Out(1); busy: Out(1)
    bus: In(ConfigBus), Region.COLUMN without ColumnField.ROUTES
    """

    def __init__(self, core: CoreParams) -> None:
        self.core = core
        row = range(max(core.chunks, 2))
        super().__init__({
            "i_valid": In(1), "i_chunk": In(row), "fresh": In(1),
            "counts": In(core.count_bits).array(core.update_lanes),
            "o_valid": Out(1), "o_chunk": Out(row), "o_fired": Out(core.update_lanes),
            "saturated": Out(1), "busy": Out(1),
            "bus": In(ConfigBus()),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        core = self.core
        lanes = Shared.several(
            core.update_lanes, "crossbar_neuron_lane", lambda: NeuronLane(core)
        )
        m.submodules.columns = columns = ColumnSum(core)
        for i, lane in enumerate(lanes):
            m.submodules[f"lane_{i}"] = lane
            m.d.comb += [
                lane.valid.eq(self.i_valid), lane.chunk.eq(self.i_chunk),
                lane.count.eq(self.counts[i]), lane.fresh.eq(self.fresh),
                columns.terms[i].eq(lane.term), columns.lasts[i].eq(lane.last),
                lane.sum.eq(columns.sums[i]),
                self.o_fired[i].eq(lane.fired),
            ]  # fmt: skip
        self._track(m, columns)
        m.d.comb += self.saturated.eq(Cat(lane.saturated for lane in lanes).any())
        self._configure(m, lanes)
        return m

    def _track(self, m: Module, columns: ColumnSum) -> None:
        """Follow the chunks through the lanes."""
        valid = Signal(NeuronLane.LATENCY)
        chunk = [Signal.like(self.i_chunk, name=f"chunk_{i}") for i in range(NeuronLane.LATENCY)]
        m.d.sync += valid.eq(Cat(self.i_valid, valid))
        for now, before in zip(chunk, [self.i_chunk, *chunk], strict=False):
            m.d.sync += now.eq(before)
        m.d.comb += [
            columns.i_valid.eq(valid[1]),
            self.o_valid.eq(valid[-1]),
            self.o_chunk.eq(chunk[-1]),
            self.busy.eq(self.i_valid | valid.any()),
        ]

    def _configure(self, m: Module, lanes: list[Shared]) -> None:
        core, bus = self.core, self.bus
        in_region, index = config_hit(bus, Region.COLUMN, core.neurons * 8)
        field, column = index[:3], index[3:]
        shift = core.update_lanes.bit_length() - 1
        hit = in_region & (field <= ColumnField.POTENTIAL)
        m.d.comb += bus.hit.eq(hit)
        for i, lane in enumerate(lanes):
            m.d.comb += [
                lane.config_select.eq(hit & (column[:shift] == i) if shift else hit),
                lane.config_write.eq(bus.w_en),
                lane.config_chunk.eq(column >> shift),
                lane.config_field.eq(field),
                lane.config_data.eq(bus.w_data),
            ]
        answers = [Mux(lane.config_select, lane.config_read, 0) for lane in lanes]
        m.d.sync += bus.r_data.eq(Cat(*answers).word_select(column[:shift], 32) if shift
                                  else answers[0])  # fmt: skip
