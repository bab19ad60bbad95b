"""How a first layer is shared out among macros."""

from dataclasses import dataclass

from ..errors import InputError
from ..pim.params import MacroParams
from .first_layer import FirstLayer

__all__ = ["Tile", "cut_layer"]


@dataclass(frozen=True)
class Tile:
    """What one macro computes; stack: log2 of the banks that share a channel's rows."""

    channels: range
    positions: range
    stack: int


def cut_layer(layer: FirstLayer, macro: MacroParams) -> list[Tile]:
    """As few tiles as it takes; InputError, with numbers, for a layer that no macro can hold."""
    channels, rows = layer.weight.shape
    positions = len(layer.position)
    where = f"population {layer.population.name!r}"
    if rows > macro.rows * macro.banks:
        raise InputError(
            f"{where}: fan-in {rows}; a PIM macro has {macro.banks} banks of {macro.rows} rows, "
            f"{macro.rows * macro.banks} in all"
        )
    if layer.buffer > macro.activations:
        raise InputError(
            f"{where}: {layer.buffer} input values with padding, a PIM macro holds "
            f"{macro.activations}"
        )
    stack = (-(-rows // macro.rows) - 1).bit_length()
    wide = min(channels, macro.channels >> stack, macro.neurons)
    long = min(positions, macro.positions, macro.neurons // wide)
    return [
        Tile(range(c, min(c + wide, channels)), range(p, min(p + long, positions)), stack)
        for c in range(0, channels, wide)
        for p in range(0, positions, long)
    ]
