"""Families of FPGAs that open tools know: how each is synthesized, placed, packed and counted."""

from collections.abc import Mapping
from dataclasses import dataclass

from .dp16kd import DP16KD

__all__ = ["FAMILIES", "Family"]


@dataclass(frozen=True)
class Family:
    """synthesize: the Yosys command; keep: shared modules that are synthesized once, however often
    they are used, at the price of borders that nothing is optimized across
    place, pack: tools; constraints: name of the file with pins and clocks, an argument of `place`
    text: of the same kind, the placed design as text; bitstream: the file for the FPGA
    library: Yosys' models of the cells; models: file -> Verilog, our own of those it has not
    kinds: nextpnr's name of a resource -> ours; cells: Yosys' name of a cell -> (ours, how many)
    """

    prepare: tuple[str, ...]
    synthesize: str
    tools: Mapping[str, str]
    constraints: str
    text: str
    bitstream: str
    library: str
    models: Mapping[str, str]
    kinds: Mapping[str, str]
    cells: Mapping[str, tuple[str, int]]


_BITMAPS = 'setattr -set ram_style "block" m:bitmap'
"""Axon bitmaps are block RAM, however small: as LUTs, they would end the longest path."""
_COLLISIONS = (
    "select -set fitting t:$memrd_v2 r:TRANSPARENCY_MASK=1'0 %i r:CLK_ENABLE=1 %i",
    "select -set reads crossbar_*/t:$memrd_v2 r:MEMID=*storage %u r:MEMID=*ring %u @fitting %i",
    "setparam -set COLLISION_X_MASK 1'1 @reads",
)
"""Nobody uses what is read from a word in the very cycle in which it is written: not in the
crossbar core (ticks and accesses to the same bank exclude each other, and three cycles lie between
read and write-back of a potential), nor in queues. Said so, Yosys adds no registers that would
keep the old word. Where the new word is to be read, the read port is transparent and stays so.
"""

FAMILIES = {
    "ecp5": Family(
        prepare=(_BITMAPS, *_COLLISIONS), synthesize="synth_ecp5 -nodsp",
        tools={"synthesis": "yosys", "place": "nextpnr-ecp5", "pack": "ecppack"},
        constraints="lpf", text="textcfg", bitstream="board.bit",
        library="+/ecp5/cells_sim.v", models={"dp16kd.v": DP16KD},
        kinds={"TRELLIS_COMB": "comb", "TRELLIS_FF": "ff", "DP16KD": "bram", "MULT18X18D": "dsp"},
        cells={
            "LUT4": ("comb", 1), "CCU2C": ("comb", 2), "TRELLIS_DPR16X4": ("comb", 4),
            "TRELLIS_FF": ("ff", 1), "DP16KD": ("bram", 1), "MULT18X18D": ("dsp", 1),
        },
    ),
    "ice40": Family(
        prepare=_COLLISIONS, synthesize="synth_ice40 -device u",
        tools={"synthesis": "yosys", "place": "nextpnr-ice40", "pack": "icepack"},
        constraints="pcf", text="asc", bitstream="board.bin",
        library="+/ice40/cells_sim.v", models={},
        kinds={"ICESTORM_LC": "comb", "ICESTORM_RAM": "bram", "ICESTORM_DSP": "dsp"},
        cells={
            "SB_LUT4": ("comb", 1), "SB_RAM40_4K": ("bram", 1), "SB_MAC16": ("dsp", 1),
            **{f"SB_DFF{kind}": ("ff", 1)
               for kind in ("", "E", "ESR", "ESS", "SR", "SS", "R", "S", "ER", "ES")},
        },
    ),
}  # fmt: skip
"""Name -> family."""
