"""Families of FPGAs that open tools know: how each is synthesized, placed, packed and counted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .carries import trim_carries
from .dp16kd import DP16KD
from .ecp5_maps import COUNTER_CELLS, COUNTER_STEPS, WIDE_MUXES

__all__ = ["FAMILIES", "Family"]


@dataclass(frozen=True)
class Family:
    """prepare: Yosys commands before `synthesize`; maps: files that they use -> Verilog
    trim: takes from the netlist's top module what place and route would spend cells on for nothing
    place, pack: tools; constraints: name of the file with pins and clocks, an argument of `place`
    text: of the same kind, the placed design as text; bitstream: the file for the FPGA
    library: Yosys' models of the cells; models: file -> Verilog, our own of those it has not
    kinds: nextpnr's name of a resource -> ours; cells: Yosys' name of a cell -> (ours, how many)
    """

    prepare: tuple[str, ...]
    maps: Mapping[str, str]
    synthesize: str
    trim: Callable[[dict[str, Any]], None] | None
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

_COUNTER = "crossbar_counter_lane"
_COUNTERS = "crossbar_core.counters"
_COUNTING = (
    f"extract -map steps.v {_COUNTER}",
    f"techmap -map cells.v {_COUNTER}",
    *(f"{command} {_COUNTERS}" for command in ("proc", "opt_expr", "opt_clean", "pmux2shiftx")),
    f"techmap {_COUNTERS}/t:$shiftx",
    *(f"{command} {_COUNTERS}" for command in ("opt_expr", "opt_clean")),
    f"muxcover -mux4 -mux8 -nopartial {_COUNTERS}",
    f"techmap -map muxes.v {_COUNTERS}/t:$_MUX4_ {_COUNTERS}/t:$_MUX8_",
)
"""The crossbar core's counters and the choice among their counts: a third of its logic."""

FAMILIES = {
    "ecp5": Family(
        prepare=(_BITMAPS, *_COLLISIONS, *_COUNTING),
        maps={"steps.v": COUNTER_STEPS, "cells.v": COUNTER_CELLS, "muxes.v": WIDE_MUXES},
        synthesize="synth_ecp5 -nodsp", trim=trim_carries,
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
        prepare=_COLLISIONS, maps={}, synthesize="synth_ice40 -device u", trim=None,
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
