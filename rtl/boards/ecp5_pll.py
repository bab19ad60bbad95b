"""A clock of another frequency on an ECP5."""

from amaranth.hdl import Const, Instance, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["Ecp5Pll", "dividers"]

_OSCILLATOR = (400e6, 800e6)
_COMPARED = (3.125e6, 400e6)
"""Frequencies between which the PLL's oscillator and its phase detector work, in Hz (Lattice
FPGA-DS-02012, sysCLOCK PLL timing)."""


def dividers(source: float, wanted: float) -> tuple[int, int, int] | None:
    """(input, feedback, output divider) for `wanted` Hz from `source` Hz, exactly; None when there
    are none. Of several those with the oscillator nearest to the middle of its range.
    """
    outputs = [n for n in range(1, 129) if _OSCILLATOR[0] <= wanted * n <= _OSCILLATOR[1]]
    for divider in range(1, 129):
        feedback = round(wanted * divider / source)
        exact = 1 <= feedback <= 128 and source * feedback == wanted * divider
        if outputs and exact and _COMPARED[0] <= source / divider <= _COMPARED[1]:
            middle = sum(_OSCILLATOR) / 2
            return divider, feedback, min(outputs, key=lambda n: abs(wanted * n - middle))
    return None


class Ecp5Pll(wiring.Component):
    """One clock from another.

    Parameters
    ----------
    source, wanted: frequencies in Hz; ValueError when no dividers lead from one to the other

    Members
    -------
    i: In(1), the source; o: Out(1), the clock; locked: Out(1), it is steady
    """

    def __init__(self, source: float, wanted: float) -> None:
        found = dividers(source, wanted)
        if found is None:
            raise ValueError(f"no dividers make {wanted:.0f} Hz from {source:.0f} Hz")
        self.dividers, self.wanted = found, wanted
        super().__init__({"i": In(1), "o": Out(1), "locked": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        divider, feedback, output = self.dividers
        m.submodules.pll = Instance(
            "EHXPLLL",
            a_ICP_CURRENT="12", a_LPF_RESISTOR="8",
            p_CLKI_DIV=divider, p_CLKFB_DIV=feedback, p_FEEDBK_PATH="CLKOP",
            p_CLKOP_ENABLE="ENABLED", p_CLKOP_DIV=output,
            p_CLKOP_CPHASE=output // 2, p_CLKOP_FPHASE=0,
            p_PLLRST_ENA="DISABLED", p_INTFB_WAKE="DISABLED", p_STDBY_ENABLE="DISABLED",
            p_DPHASE_SOURCE="DISABLED", p_OUTDIVIDER_MUXA="DIVA", p_OUTDIVIDER_MUXB="DIVB",
            p_OUTDIVIDER_MUXC="DIVC", p_OUTDIVIDER_MUXD="DIVD",
            i_CLKI=self.i, i_CLKFB=self.o, i_RST=Const(0), i_STDBY=Const(0),
            i_PHASESEL0=Const(0), i_PHASESEL1=Const(0), i_PHASEDIR=Const(1),
            i_PHASESTEP=Const(1), i_PHASELOADREG=Const(1), i_PLLWAKESYNC=Const(0),
            i_ENCLKOP=Const(0),
            o_CLKOP=self.o, o_LOCK=self.locked,
        )  # fmt: skip
        return m
