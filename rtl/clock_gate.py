"""Clock gating: a part that has nothing to do is not clocked.

Only the generated Verilog is gated. The Amaranth simulation clocks everything in every cycle and
is the reference: both give the same packets in the same cycles, or a gate closes too early. Power
on an ASIC, and speed in a simulator, which does not evaluate what is not clocked.
"""

from amaranth.hdl import (
    Cat,
    ClockDomain,
    ClockSignal,
    DomainRenamer,
    Elaboratable,
    Instance,
    Module,
    ResetSignal,
    Signal,
    Value,
)

from .hierarchy import ModuleLibrary

__all__ = ["CLOCK_GATE", "gated"]

_LINGER = 2
"""Cycles that the clock runs on: for what passes through a part after its cause has gone."""

CLOCK_GATE = """\
// A clock gate: latch and AND. Where clocks are not gated, as on an FPGA, define
// NO_CLOCK_GATING (the chip behaves the same), or put the technology's own cell in this place.
module clock_gate(clk, enable, gated);
  input clk;
  input enable;
  output gated;
`ifdef NO_CLOCK_GATING
  assign gated = clk;
`else
  reg open;
  // verilator lint_off LATCH
  always @*
    if (!clk) open = enable;
  // verilator lint_on LATCH
  assign gated = clk & open;
`endif
endmodule
"""
"""Verilog of the module that every gate is an instance of."""


def gated(m: Module, platform: object, name: str, part: Elaboratable, need: Value) -> Elaboratable:
    """`part`, to be added to `m`: in Verilog it has its clock only while it needs one.

    need: 1 bit, True in every cycle at whose end the part's state could change, up to _LINGER
    cycles before the last of them. It must not depend on what the part does with this cycle's
    clock edge. Resets reach the part at any time.
    """
    if not isinstance(platform, ModuleLibrary) or not platform.gates_clocks:
        return part
    clock = ClockDomain(name, local=True)
    lingers = Signal(_LINGER, name=f"{name}_lingers")
    m.domains += clock
    m.d.sync += lingers.eq(Cat(need, lingers))
    m.d.comb += clock.rst.eq(ResetSignal())
    m.submodules[f"{name}_gate"] = Instance(
        "clock_gate", i_clk=ClockSignal(), o_gated=clock.clk,
        i_enable=need | lingers.any() | ResetSignal(),
    )  # fmt: skip
    return DomainRenamer(name)(part)
