"""A simulation model of the ECP5's block memory, which Yosys has as a black box only."""

__all__ = ["DP16KD"]

_BODY = """\
  // 512 words of four bytes of 9 bits. A port of 9 bits or more sees whole bytes, a narrower one
  // the lower 8 bits of each. 36 bits are written through port A and read through port B, with the
  // data pins of both.
  reg [35:0] words [0:511];
  integer i;
  initial begin
    for (i = 0; i < 512; i = i + 1) words[i] = 0;
    if (REGMODE_A != "NOREG" || REGMODE_B != "NOREG") $stop;
    if (CSDECODE_A != "0b000" || CSDECODE_B != "0b000" || CLKAMUX != "CLKA") $stop;
    if (CLKBMUX != "CLKB") $stop;
    if (WRITEMODE_A == "WRITETHROUGH" || WRITEMODE_B == "WRITETHROUGH") $stop;
  end
  wire [13:0] ada, adb;
  wire [17:0] dia, dib;
  // The wider port's word: where it is written, the other port reads nothing of value.
  localparam WIDER = DATA_WIDTH_A > DATA_WIDTH_B ? DATA_WIDTH_A : DATA_WIDTH_B;
  localparam SHIFT = WIDER == 36 ? 5 : WIDER == 18 ? 4 : WIDER == 9 ? 3 : WIDER / 2;
  wire writesa, writesb;
  wire same = (ada >> SHIFT) == (adb >> SHIFT);
"""
_PORT = """\
  assign ad{x} = {{{address}}};
  assign di{x} = {{{data_in}}};
  wire on{x} = CE{X} && !CS{X}0 && !CS{X}1 && !CS{X}2;
  // The port's first bit in the word, the bits that it writes, and its data wherever they may go.
  wire [5:0] byte{x} = 9 * ad{x}[4:3];
  wire [5:0] at{x} =
    DATA_WIDTH_{X} == 36 ? 0 : DATA_WIDTH_{X} == 18 ? 18 * ad{x}[4] :
    DATA_WIDTH_{X} == 9 ? byte{x} : DATA_WIDTH_{X} == 4 ? byte{x} + 4 * ad{x}[2] :
    DATA_WIDTH_{X} == 2 ? byte{x} + 2 * ad{x}[2:1] : byte{x} + ad{x}[2:0];
  wire [35:0] mask{x} = (
    DATA_WIDTH_{X} == 36 ?
      {{{{9{{ad{x}[3]}}}}, {{9{{ad{x}[2]}}}}, {{9{{ad{x}[1]}}}}, {{9{{ad{x}[0]}}}}}} :
    DATA_WIDTH_{X} == 18 ? {{18'd0, {{9{{ad{x}[1]}}}}, {{9{{ad{x}[0]}}}}}} :
    (36'd1 << DATA_WIDTH_{X}) - 36'd1) << at{x};
  wire [35:0] data{x} = (DATA_WIDTH_{X} == 36 ? {{dib, dia}} : {{18'd0, di{x}}}) << at{x};
  wire [35:0] word{x} = words[ad{x}[13:5]];
  assign writes{x} = on{x} && WE{x} && mask{x} != 0;
  reg [35:0] read{x} = 0;
  always @(posedge CLK{X}) if (on{x}) begin
    if (WE{X}) words[ad{x}[13:5]] <= (word{x} & ~mask{x}) | (data{x} & mask{x});
    // NORMAL: a write leaves the output alone; READBEFOREWRITE: it shows what was there.
    if (RST{X}) read{x} <= 0;
    else if (!WE{X} || WRITEMODE_{X} == "READBEFOREWRITE")
      read{x} <= (same && writes{y} ? ~word{x} : word{x}) >> at{x};
  end
  wire [17:0] out{x};
  assign {{{data_out}}} = RESETMODE == "ASYNC" && RST{X} ? 18'd0 : out{x};
"""
_END = """\
  assign outa = DATA_WIDTH_B == 36 ? readb[17:0] : reada[17:0];
  assign outb = DATA_WIDTH_B == 36 ? readb[35:18] : readb[17:0];
endmodule
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
        body += _PORT.format(x=x.lower(), X=x, y=other.lower(), Y=other, address=", ".join(address),
                             data_in=", ".join(data_in), data_out=", ".join(data_out))  # fmt: skip
        texts |= {f"REGMODE_{x}": "NOREG", f"CSDECODE_{x}": "0b000", f"CLK{x}MUX": f"CLK{x}",
                  f"WRITEMODE_{x}": "NORMAL"}  # fmt: skip
    parameters = [f'parameter {name} = "{value}"' for name, value in texts.items()]
    parameters += [f"parameter DATA_WIDTH_{x} = 18" for x in "AB"]
    parameters += [f"parameter INITVAL_{i:02X} = 320'h0" for i in range(64)]
    return f"module DP16KD #({', '.join(parameters)}) ({', '.join(ports)});\n{body}{_END}"


DP16KD = _model()
"""Verilog of the module, as far as Yosys uses it: no output registers, one clock edge. Elaboration
stops at what it does not model. What is read where the other port writes in the same cycle is wrong
on purpose: nothing may depend on it.
"""
