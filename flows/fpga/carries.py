"""Ends of carry chains of the ECP5 that lead nowhere, on which place and route spends cells."""

from collections import Counter
from typing import Any

from .ecp5_maps import CARRY_IN

__all__ = ["trim_carries"]

_NOTHING = ["x"]
"""A port without a wire, in Yosys' JSON."""


def trim_carries(module: dict[str, Any]) -> None:
    """Cut off the carry out of cells where nobody reads it, and the carry into cells that ignore
    it: nextpnr makes a cell, two LUTs, of each such end of a chain.

    module: of a netlist as Yosys writes it, changed in place
    """
    users = Counter(wire for port in module["ports"].values() for wire in port["bits"])
    for cell in module["cells"].values():
        users.update(wire for wires in cell["connections"].values() for wire in wires)
    for cell in module["cells"].values():
        if cell["type"] == "CCU2C":
            wires = cell["connections"]
            if users[wires["COUT"][0]] == 1:
                wires["COUT"] = _NOTHING
            if int(cell["parameters"]["INIT0"], 2) == CARRY_IN:
                wires["CIN"] = _NOTHING
