"""A simulation model of the ECP5's block memory, which Yosys has as a black box only."""

__all__ = ["DP16KD"]

_BODY = """\
  // A word of 18 bits is two bytes of 9, one of 36 four; narrower words lie in the lower 8 bits of
  // a byte. 36 bits are written through port A and read through port B, with all data pins.
  reg [8:0] bytes [0:2047];
  wire [13:0] ada, adb;
  integer i;
  initial begin
    for (i = 0; i < 2048; i = i + 1) bytes[i] = 0;
    if (REGMODE_A != "NOREG" || REGMODE_B != "NOREG") $stop;
    if (CSDECODE_A != "0b000" || CSDECODE_B != "0b000" || CLKAMUX != "CLKA") $stop;
    if (CLKBMUX != "CLKB") $stop;
    if (WRITEMODE_A == "WRITETHROUGH" || WRITEMODE_B == "WRITETHROUGH") $stop;
  end
  // The wider port's word: where it is written, the other port reads nothing of value.
  localparam WIDER = DATA_WIDTH_A > DATA_WIDTH_B ? DATA_WIDTH_A : DATA_WIDTH_B;
  localparam SHIFT = WIDER == 36 ? 5 : WIDER == 18 ? 4 : WIDER == 9 ? 3 : WIDER / 2;
  wire same = (ada >> SHIFT) == (adb >> SHIFT);
  reg [17:0] low = 0;  // of the 36 bits read
  wire [17:0] lower = {bytes[{adb[13:5], 2'b01}], bytes[{adb[13:5], 2'b00}]};
  always @(posedge CLKB) if (CEB) low <= same && WEA && CEA ? ~lower : lower;
"""
_PORT = """\
  assign ad{x} = {{{address}}};
  wire [17:0] di{x} = {{{data_in}}};
  wire [17:0] out{x};
  reg [17:0] do{x} = 0;
  assign {{{data_out}}} = RESETMODE == "ASYNC" && RST{X} ? 18'd0 : out{x};
  wire [10:0] at{x} = ad{x}[13:3];
  wire [8:0] byte{x} = bytes[at{x}];
  wire [2:0] bit{x} = ad{x}[2:0];
  wire [17:0] read{x} =
    DATA_WIDTH_{X} == 36 ? {{bytes[{{at{x}[10:2], 2'b11}}], bytes[{{at{x}[10:2], 2'b10}}]}} :
    DATA_WIDTH_{X} == 18 ? {{bytes[{{at{x}[10:1], 1'b1}}], bytes[{{at{x}[10:1], 1'b0}}]}} :
    DATA_WIDTH_{X} == 9 ? byte{x} :
    DATA_WIDTH_{X} == 4 ? byte{x}[{{bit{x}[2], 2'b00}} +: 4] :
    DATA_WIDTH_{X} == 2 ? byte{x}[{{bit{x}[2:1], 1'b0}} +: 2] : byte{x}[bit{x}];
  always @(posedge CLK{X}) if (CE{X} && !CS{X}0 && !CS{X}1 && !CS{X}2) begin
    if (WE{X}) begin
      if (DATA_WIDTH_{X} == 36) begin
        if (ad{x}[0]) bytes[{{at{x}[10:2], 2'b00}}] <= dia[8:0];
        if (ad{x}[1]) bytes[{{at{x}[10:2], 2'b01}}] <= dia[17:9];
        if (ad{x}[2]) bytes[{{at{x}[10:2], 2'b10}}] <= dib[8:0];
        if (ad{x}[3]) bytes[{{at{x}[10:2], 2'b11}}] <= dib[17:9];
      end else if (DATA_WIDTH_{X} == 18) begin
        if (ad{x}[0]) bytes[{{at{x}[10:1], 1'b0}}] <= di{x}[8:0];
        if (ad{x}[1]) bytes[{{at{x}[10:1], 1'b1}}] <= di{x}[17:9];
      end else if (DATA_WIDTH_{X} == 9) bytes[at{x}] <= di{x}[8:0];
      else if (DATA_WIDTH_{X} == 4) bytes[at{x}][{{bit{x}[2], 2'b00}} +: 4] <= di{x}[3:0];
      else if (DATA_WIDTH_{X} == 2) bytes[at{x}][{{bit{x}[2:1], 1'b0}} +: 2] <= di{x}[1:0];
      else bytes[at{x}][bit{x}] <= di{x}[0];
    end
    // NORMAL: a write leaves the output alone; READBEFOREWRITE: it shows what was there.
    if (RST{X}) do{x} <= 0;
    else if (!WE{X} || WRITEMODE_{X} == "READBEFOREWRITE")
      do{x} <= same && WE{Y} && CE{Y} ? ~read{x} : read{x};
  end
"""


def _model() -> str:
    """The module. Contents are zeros at first, as everywhere in our designs."""
    ports, body = [], _BODY
    texts = {"RESETMODE": "SYNC", "ASYNC_RESET_RELEASE": "SYNC", "GSR": "AUTO", "WID": ""}
    for x, other in ("AB", "BA"):
        inputs = [f"CE{x}", f"OCE{x}", f"CLK{x}", f"WE{x}", f"RST{x}", f"CS{x}0", f"CS{x}1",
                  f"CS{x}2"]  # fmt: skip
        address = [f"AD{x}{i}" for i in reversed(range(14))]
        data_in, data_out = ([f"D{way}{x}{i}" for i in reversed(range(18))] for way in "IO")
        ports += [f"input {name}" for name in [*inputs, *address, *data_in]]
        ports += [f"output {name}" for name in data_out]
        body += _PORT.format(x=x.lower(), X=x, Y=other, address=", ".join(address),
                             data_in=", ".join(data_in), data_out=", ".join(data_out))  # fmt: skip
        texts |= {f"REGMODE_{x}": "NOREG", f"CSDECODE_{x}": "0b000", f"CLK{x}MUX": f"CLK{x}",
                  f"WRITEMODE_{x}": "NORMAL"}  # fmt: skip
    parameters = [f'parameter {name} = "{value}"' for name, value in texts.items()]
    parameters += [f"parameter DATA_WIDTH_{x} = 18" for x in "AB"]
    parameters += [f"parameter INITVAL_{i:02X} = 320'h0" for i in range(64)]
    body += "  assign outa = DATA_WIDTH_B == 36 ? low : doa;\n  assign outb = dob;\n"
    return f"module DP16KD #({', '.join(parameters)}) ({', '.join(ports)});\n{body}endmodule\n"


DP16KD = _model()
"""Verilog of the module, as far as Yosys uses it: no output registers, one clock edge. Elaboration
stops at what it does not model. What is read where the other port writes in the same cycle is wrong
on purpose: nothing may depend on it.
"""
