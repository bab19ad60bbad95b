"""Adds the columns of each complete neuron: a segmented sum over neighbouring lanes."""

from amaranth.hdl import Const, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from mapper.crossbar.params import CoreParams

__all__ = ["ColumnSum"]

LONGEST = 8
"""Columns of the widest complete neuron (8-bit weights)."""


class ColumnSum(wiring.Component):
    """sums[i] = terms of lane i and of the lanes before it back to the last neuron's end.

    Columns arrive chunk by chunk, lane 0 first; a neuron may straddle chunks. Only lanes with
    `last` carry a neuron's complete sum. Neurons are at most 8 columns wide; the sum is exact.

    Members
    -------
    i_valid: In(1); terms: In(signed(sum_bits)).array(lanes); lasts: In(lanes)
    sums: Out(signed(sum_bits)).array(lanes), LATENCY cycles later
    """

    LATENCY = 1

    def __init__(self, core: CoreParams) -> None:
        self.lanes = core.update_lanes
        self.shape = signed(core.sum_bits)
        super().__init__({
            "i_valid": In(1),
            "terms": In(self.shape).array(self.lanes), "lasts": In(self.lanes),
            "sums": Out(self.shape).array(self.lanes),
        })  # fmt: skip
        # Of the chunk before: the sum of its last, unfinished neuron, and whether there is none.
        self.carry, self.ended = Signal(self.shape, name="carry"), Signal(name="ended")

    def elaborate(self, platform: object) -> Module:
        m = Module()
        scanned = self._scan(m)
        # Lanes before the chunk's first end continue the neuron of the chunk before.
        reach = min(self.lanes, LONGEST)
        partial = [Signal(self.shape, name=f"partial_{i}") for i in range(self.lanes)]
        continues = Signal(self.lanes)
        valid, ended, carry = Signal(), self.ended, self.carry
        m.d.sync += valid.eq(self.i_valid)
        with m.If(self.i_valid):
            m.d.sync += [p.eq(s) for p, s in zip(partial, scanned, strict=True)]
            m.d.sync += ended.eq(self.lasts[-1])
            for i in range(reach):
                m.d.sync += continues[i].eq(~self.lasts[:i].any())
        m.d.comb += [
            self.sums[i].eq(partial[i] + Mux(continues[i], carry, 0) if i < reach else partial[i])
            for i in range(self.lanes)
        ]
        with m.If(valid):
            m.d.sync += carry.eq(Mux(ended, 0, self.sums[self.lanes - 1]))
        return m

    def _scan(self, m: Module) -> list[Value]:
        """Segmented prefix sums within the chunk, in log2(8) steps of doubling distance."""
        sums: list[Value] = list(self.terms)
        stops: list[Value] = [Const(1)] + [self.lasts[i - 1] for i in range(1, self.lanes)]
        distance = 1
        while distance < min(self.lanes, LONGEST):
            next_sums, next_stops = list(sums), list(stops)
            for i in range(distance, self.lanes):
                total = Signal(self.shape, name=f"scan_{distance}_{i}")
                stop = Signal(name=f"stop_{distance}_{i}")
                m.d.comb += [
                    total.eq(sums[i] + Mux(stops[i], 0, sums[i - distance])),
                    stop.eq(stops[i] | stops[i - distance]),
                ]
                next_sums[i], next_stops[i] = total, stop
            sums, stops = next_sums, next_stops
            distance *= 2
        return sums
