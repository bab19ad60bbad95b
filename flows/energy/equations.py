"""Equations 22 to 27 of Datta et al. (2022), of one layer and one sample.

They are used as printed, but for two things. Equation 26 lacks the output positions (H W D), of
which the energy of every position's sums needs each. Equation 24's product of weights, positions
and spike count is the number of accumulations, which is counted here.
"""

from dataclasses import dataclass
from math import log2, sqrt

from .constants import Constants

__all__ = ["Converted", "Cost", "Shape", "ac_energy", "ann_cost", "counted_cost", "mac_energy",
           "pim_cost", "snn_cost"]  # fmt: skip


@dataclass(frozen=True)
class Cost:
    """energy: pJ; delay: ns"""

    energy: float
    delay: float

    @property
    def edp(self) -> float:
        """Energy-delay product in pJ ns."""
        return self.energy * self.delay

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.energy + other.energy, self.delay + other.delay)


@dataclass(frozen=True)
class Shape:
    """weights: C_i C_o k^3; positions: H_o W_o D_o, 1 of a dense layer"""

    weights: float
    positions: int

    @property
    def macs(self) -> float:
        """Products of a layer that multiplies everything, padding included."""
        return self.weights * self.positions


@dataclass(frozen=True)
class Converted:
    """What a macro counted, and how it is made.

    cells: bit cells that raised word lines connected to converted columns; conversions: likewise
    columns:    converters that work side by side; adc_bits: their resolution
    weight_bits: columns of a weight
    """

    cells: float
    conversions: float
    columns: int
    adc_bits: int
    weight_bits: int


def mac_energy(c: Constants, input_bits: float, weight_bits: float) -> float:
    """pJ; of unequal operands, whose multiplier has input x weight cells, the geometric mean."""
    bits = sqrt(input_bits * weight_bits)
    return c["E_mac"] * (bits / c["B_full"]) ** c["mac_exponent"]


def ac_energy(c: Constants, bits: float) -> float:
    """pJ"""
    return c["E_ac"] * bits / c["B_full"]


def _slower(c: Constants, bits: float) -> float:
    """Time of an operation, relative to one of B_time bits."""
    return log2(max(bits, 2)) / log2(max(c["B_time"], 2))


def _fetch(c: Constants, weights: float, bits: float) -> Cost:
    """Every weight once from the SRAM: the first terms of equations 22 to 25."""
    return Cost(weights * c["E_read"], weights / (c["B_IO"] / bits * c["N_bank"]) * c["T_read"])


def _with_leakage(c: Constants, cost: Cost) -> Cost:
    return cost + Cost(c["P_leak"] * cost.delay, 0)  # mW ns = pJ


def ann_cost(c: Constants, shape: Shape, input_bits: float, weight_bits: float) -> Cost:
    """Equations 22 and 23: a layer that multiplies everything once."""
    bits = sqrt(input_bits * weight_bits)
    compute = Cost(
        shape.macs * mac_energy(c, input_bits, weight_bits),
        shape.macs / c["N_mac"] * c["T_mac"] * _slower(c, bits),
    )
    return _with_leakage(c, _fetch(c, shape.weights, weight_bits) + compute)


def snn_cost(
    c: Constants, shape: Shape, weight_bits: float, accumulations: float, passes: int = 1
) -> Cost:
    """Equations 24 and 25: a layer that adds a weight per spike and synapse.

    accumulations: weights added in all ticks of the sample
    passes: over all weights and positions, spike or not; equation 25 has 1, whatever the ticks
    """
    compute = Cost(
        accumulations * ac_energy(c, weight_bits),
        passes * shape.macs / c["N_ac"] * c["T_ac"] * _slower(c, weight_bits),
    )
    return _with_leakage(c, _fetch(c, shape.weights, weight_bits) + compute)


def pim_cost(c: Constants, shape: Shape, weight_bits: float, rows: int) -> Cost:
    """Equations 26 (with the positions) and 27: a first layer in memory, `rows` a conversion."""
    side_by_side = c["N_col"] / weight_bits * c["N_bank"]
    return _with_leakage(c, Cost(
        shape.macs * (c["E_BLP"] + c["E_adc"] / rows),
        shape.macs / side_by_side * (c["T_read"] + c["T_adc"] / rows),
    ))  # fmt: skip


def counted_cost(c: Constants, done: Converted) -> Cost:
    """The same layer from what a macro counted, which presents values bit by bit.

    A cell costs its share of E_BLP, which accumulates all bits of a weight. A conversion of
    several rows takes an accumulation and a conversion, all converters at once.
    """
    conversion = c["E_adc"] * 2 ** ((done.adc_bits - c["B_adc"]) / c["adc_doubling"])
    steps = done.conversions / done.columns
    return _with_leakage(c, Cost(
        done.cells * c["E_BLP"] / done.weight_bits + done.conversions * conversion,
        steps * (c["T_BLP"] + c["T_adc"]),
    ))  # fmt: skip
