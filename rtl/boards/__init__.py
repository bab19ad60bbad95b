"""FPGA boards with a chip on them. A new board is one class and one line here."""

from .board import Board
from .lattice import Ecpix5, Icebreaker, Ulx3s

__all__ = ["BOARDS"]

BOARDS: dict[str, type[Board]] = {
    "ecpix5-85f": Ecpix5,
    "icebreaker": Icebreaker,
    "ulx3s-85f": Ulx3s,
}
"""Name -> board."""
