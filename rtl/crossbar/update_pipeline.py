"""The end of a tick: counts become sums, sums potentials, potentials spikes."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from mapper.crossbar.layout import ColumnField, Region
from mapper.crossbar.params import CoreParams

from ..config.bus import ConfigBus, config_hit
from ..hierarchy import Shared
from ..popcount import popcount
from .column_sum import ColumnSum
from .neuron_lane import NeuronLane

__all__ = ["UpdatePipeline"]


class UpdatePipeline(wiring.Component):
    """Updates `update_lanes` columns per cycle. Chunks must enter in order, lane 0's first.

    Members
    -------
    i_valid: In(1); i_chunk: In; counts: In array(update_lanes); fresh: In(1), held in the tick
    o_valid: Out(1); o_chunk: Out; o_fired: Out(update_lanes), by column
    saturated: Out(1); busy: Out(1); bank: In(1), of the parameters to use
    spikes: Out, number of ones in o_fired, one cycle later
    bus: In(ConfigBus), Region.COLUMN without ColumnField.ROUTES
    """

    def __init__(self, core: CoreParams) -> None:
        self.core = core
        row = range(max(core.chunks, 2))
        super().__init__({
            "i_valid": In(1), "i_chunk": In(row), "fresh": In(1),
            "counts": In(core.count_bits).array(core.update_lanes),
            "o_valid": Out(1), "o_chunk": Out(row), "o_fired": Out(core.update_lanes),
            "saturated": Out(1), "busy": Out(1), "bank": In(1),
            "spikes": Out(range(core.update_lanes + 1)),
            "bus": In(ConfigBus()),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        core = self.core
        lanes = Shared.several(core.update_lanes, "crossbar_neuron_lane", lambda: NeuronLane(core))
        m.submodules.columns = columns = ColumnSum(core)
        column = self._configure(m, lanes)
        config_row = self._row(column >> (core.update_lanes.bit_length() - 1), self.bus.bank)
        valid, rows = self._track(m, config_row)
        fresh = Signal()
        with m.If(self.i_valid):
            m.d.sync += fresh.eq(self.fresh)
        m.d.sync += self.spikes.eq(popcount(self.o_fired))
        for i, lane in enumerate(lanes):
            m.submodules[f"lane_{i}"] = lane
            m.d.comb += [
                lane.valid.eq(valid), lane.control_row.eq(rows[0]),
                lane.state_row.eq(rows[2]), lane.write_row.eq(rows[NeuronLane.LATENCY]),
                lane.config_row.eq(config_row),
                lane.count.eq(self.counts[i]), lane.fresh.eq(fresh),
                columns.terms[i].eq(lane.term), columns.lasts[i].eq(lane.last),
                lane.sum.eq(columns.sums[i]),
                self.o_fired[i].eq(lane.fired),
            ]  # fmt: skip
        m.d.comb += [
            columns.i_valid.eq(valid[2]),
            self.saturated.eq(Cat(lane.saturated for lane in lanes).any()),
            self.busy.eq(valid.any()),
            self.o_valid.eq(valid[-1]),
        ]
        return m

    def _row(self, chunk: Value, bank: Value) -> Value:
        """Address in the lanes' memories."""
        return Cat(chunk[: self.core.row_bits], bank[: self.core.bank_bits])

    def _track(self, m: Module, config_row: Value) -> tuple[Value, list[Signal]]:
        """Follow the chunks through the lanes: (valid by cycle, row by cycle).

        Where no chunk is, the row is the one that the config bus accesses.
        """
        valid = Signal(NeuronLane.LATENCY + 1)
        chunks = [Signal.like(self.i_chunk, name=f"chunk_{i}") for i in range(len(valid))]
        m.d.comb += [valid[0].eq(self.i_valid), chunks[0].eq(self.i_chunk)]
        m.d.sync += valid[1:].eq(valid)
        rows = []
        for i, chunk in enumerate(chunks):
            if i:
                m.d.sync += chunk.eq(chunks[i - 1])
            row = Signal.like(config_row, name=f"row_{i}")
            m.d.comb += row.eq(Mux(valid[i], self._row(chunk, self.bank), config_row))
            rows.append(row)
        m.d.comb += self.o_chunk.eq(chunks[-1])
        return valid, rows

    def _configure(self, m: Module, lanes: list[Shared]) -> Value:
        """Give every lane the access, and select the column's lane; returns the column."""
        core, bus = self.core, self.bus
        in_region, index = config_hit(bus, Region.COLUMN, core.neurons * 8)
        field, column = index[:3], index[3:]
        shift = core.update_lanes.bit_length() - 1
        m.d.comb += bus.hit.eq(in_region & (field <= ColumnField.POTENTIAL))
        read_field, write = Signal(3), Signal(ColumnField.POTENTIAL + 1)
        m.d.sync += read_field.eq(field)
        m.d.comb += write.eq(Mux(bus.w_en & bus.hit, 1 << field, 0))
        answer: Value = Const(0, 32)
        for i, lane in enumerate(lanes):
            m.d.comb += [
                lane.config_select.eq(bus.hit & (column[:shift] == i) if shift else bus.hit),
                lane.config_write.eq(write),
                lane.config_data.eq(bus.w_data),
                lane.read_field.eq(read_field),
            ]
            m.d.sync += lane.read_select.eq(lane.config_select)
            answer |= lane.config_read
        m.d.sync += bus.r_data.eq(answer)
        return column
