"""Parts of the crossbar core as cells of the ECP5, where Yosys finds larger ones. Verilog texts."""

__all__ = ["CARRY_IN", "COUNTER_CELLS", "COUNTER_STEPS", "WIDE_MUXES"]

_COUNT_BITS = range(4, 19)
"""Widths of a column's count that a core can have."""
_STEP = """\
module counter_step_{bits} (input [{top}:0] count, input add, clear, output [{top}:0] next);
  wire [{bits}:0] sum = count + add;
  wire [{bits}:0] kept = clear ? {over}'d0 : sum;
  assign next = kept[{top}:0];
endmodule
"""
COUNTER_STEPS = "".join(
    _STEP.format(bits=bits, top=bits - 1, over=bits + 1) for bits in _COUNT_BITS
)
"""For `extract`: a counter lane's sum and the choice of 0 behind it, as one cell."""

CARRY_IN = 0x0002
"""INIT0 of a cell whose first half makes a carry, A0 and not B0, whatever its own carry in is."""
_CELLS = """\
module counter_step_{bits} (input [{top}:0] count, input add, clear, output [{top}:0] next);
  // Half a cell for the carry, one for each bit, and one that may be too many.
  wire [{bits}+1:0] old = {{1'b0, count, 1'b0}}, sum;
  wire [{bits}/2+1:0] carry;
  assign next = sum[{bits}:1];
  genvar i;
  generate for (i = 0; i <= {bits}/2; i = i + 1) begin:cells
    CCU2C #(.INIT0(i ? 16'h0A00 : 16'h{carry_in:04x}), .INIT1(16'h0A00),
            .INJECT1_0("NO"), .INJECT1_1("NO")) bits (
      .CIN(carry[i]), .COUT(carry[i+1]),
      .A0(i ? old[2*i] : add), .B0(i ? 1'b1 : clear), .C0(i ? clear : 1'b1), .D0(1'b1),
      .A1(old[2*i+1]), .B1(1'b1), .C1(clear), .D1(1'b1),
      .S0(sum[2*i]), .S1(sum[2*i+1]));
  end endgenerate
endmodule
"""
COUNTER_CELLS = "".join(
    _CELLS.format(bits=bits, top=bits - 1, carry_in=CARRY_IN) for bits in _COUNT_BITS
)
"""For `techmap`: that cell as a carry chain. The LUT before each bit's carry also clears it."""

WIDE_MUXES = """\
(* techmap_celltype = "$_MUX4_" *)
module wide_mux4 (input A, B, C, D, S, T, output Y);
  wire low, high;
  LUT4 #(.INIT(16'hCACA)) lut_low (.A(A), .B(B), .C(S), .D(1'b1), .Z(low));
  LUT4 #(.INIT(16'hCACA)) lut_high (.A(C), .B(D), .C(S), .D(1'b1), .Z(high));
  PFUMX both (.ALUT(high), .BLUT(low), .C0(T), .Z(Y));
endmodule
(* techmap_celltype = "$_MUX8_" *)
module wide_mux8 (input A, B, C, D, E, F, G, H, S, T, U, output Y);
  wire low, high;
  \\$_MUX4_ quad_low (.A(A), .B(B), .C(C), .D(D), .S(S), .T(T), .Y(low));
  \\$_MUX4_ quad_high (.A(E), .B(F), .C(G), .D(H), .S(S), .T(T), .Y(high));
  L6MUX21 both (.D0(low), .D1(high), .SD(U), .Z(Y));
endmodule
"""
"""For `techmap`: one of eight in four LUTs, with the multiplexers that stand behind the LUTs."""
