"""The order of conversions: bit after bit of the activations, block after block of the columns."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from mapper.pim.params import MacroParams

from .bank import Step
from .gather import RowGroup
from .stacking import sets, used_lanes

__all__ = ["Sequencer"]


class Sequencer(wiring.Component):
    """Bits of the activations that are 0 in the whole group are skipped: no word line would be
    raised. After a position's last group the sums are drained.

    Members
    -------
    wipe: In(1), first the sums become 0; once per sample
    i: In(stream RowGroup); channels, stack: In, registers
    valid: Out(banks), by bank; step: Out(Step), but `used`; used: Out(lanes).array(banks)
    settled: In(1), no bank is busy
    drain: Out(1), the position's sums may be read until `drained`: In(1); final: Out(1), they are
        the last
    clear: Out(1); block: Out, the block to clear; busy: Out(1)
    """

    def __init__(self, macro: MacroParams) -> None:
        self.macro = macro
        super().__init__({
            "wipe": In(1), "i": In(stream.Signature(RowGroup(macro))),
            "channels": In(range(macro.channels + 1)), "stack": In(range(4)),
            "valid": Out(macro.banks), "step": Out(Step(macro)),
            "used": Out(macro.lanes).array(macro.banks),
            "settled": In(1), "drain": Out(1), "drained": In(1), "final": Out(1),
            "clear": Out(1), "block": Out(range(max(macro.blocks, 2))), "busy": Out(1),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        macro = self.macro
        group, block = Signal(RowGroup(macro)), Signal.like(self.block)
        left, planes = Signal(macro.activation_bits), Signal(macro.activation_bits)
        last_plane, last_block = Signal(), Signal()
        m.d.comb += [
            planes.eq(self._planes(group)),
            last_plane.eq((left & (left - 1)) == 0),
            last_block.eq((block + 1) * macro.lanes * sets(macro, self.stack) >= self.channels),
            self.block.eq(block), self.final.eq(group.final),
        ]  # fmt: skip
        self._step(m, group, block, left)
        with m.FSM() as fsm:
            m.d.comb += self.busy.eq(~fsm.ongoing("READY"))
            with m.State("READY"):
                m.d.comb += self.i.ready.eq(~self.wipe)
                m.d.sync += block.eq(0)
                with m.If(self.wipe):
                    m.next = "WIPE"
                with m.Elif(self.i.valid):
                    m.d.sync += group.eq(self.i.payload)
                    m.next = "LOOK"
            with m.State("WIPE"):
                m.d.comb += self.clear.eq(1)
                m.d.sync += block.eq(block + 1)
                with m.If(last_block):
                    m.next = "READY"
            with m.State("LOOK"):
                m.d.sync += left.eq(planes)
                with m.If(planes != 0):
                    m.next = "CONVERT"
                with m.Elif(group.last):
                    m.next = "SETTLE"
                with m.Else():
                    m.next = "READY"
            with m.State("CONVERT"):
                m.d.comb += self.valid.eq(self._enabled(group))
                m.d.sync += left.eq(Mux(last_plane, planes, left & (left - 1)))
                with m.If(last_plane):
                    m.d.sync += block.eq(block + 1)
                    with m.If(last_block):
                        m.next = "READY"
                        with m.If(group.last):
                            m.next = "SETTLE"
            with m.State("SETTLE"):
                with m.If(self.settled):
                    m.next = "DRAIN"
            with m.State("DRAIN"):
                m.d.comb += self.drain.eq(1)
                with m.If(self.drained):
                    m.d.sync += block.eq(0)
                    m.next = "WIPE"
        return m

    def _planes(self, group: Value) -> Value:
        """Bits of the activations that raise any word line."""
        rows = [Value.cast(group.values[i]) for i in range(self.macro.rows_active)]
        return Cat(Cat(r[b] for r in rows).any() for b in range(self.macro.activation_bits))

    def _step(self, m: Module, group: Value, block: Value, left: Value) -> None:
        macro, step = self.macro, self.step
        rows = [Value.cast(group.values[i]) for i in range(macro.rows_active)]
        lowest = left & -left
        raised: Value = Cat(
            Cat(r[b] & lowest[b] for b in range(macro.activation_bits)).any() for r in rows
        )
        plane = Cat(
            Cat(lowest[b] for b in range(macro.activation_bits) if b >> i & 1).any()
            for i in range(len(step.plane))
        )
        m.d.comb += [
            step.group.eq(group.group), step.block.eq(block),
            step.raised.eq(raised), step.plane.eq(plane),
            *(used.eq(used_lanes(macro, block, bank, self.stack, self.channels))
              for bank, used in enumerate(self.used)),
        ]  # fmt: skip

    def _enabled(self, group: Value) -> Value:
        """The banks that hold this group's rows."""
        macro = self.macro
        part = group.group >> (macro.groups - 1).bit_length()
        masks = []
        for bank in range(macro.banks):
            stacks = range(macro.banks.bit_length())
            holds = Cat(part == (bank & ((1 << stack) - 1)) for stack in stacks)
            masks.append(holds.bit_select(self.stack, 1))
        return Cat(masks)
