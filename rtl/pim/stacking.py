"""Which bank holds which channel. Channel c is weight c // sets of set c % sets, and a set is
2^stack banks, each with a part of the channel's rows.
"""

from amaranth.hdl import Cat, Const, Value

from mapper.pim.params import MacroParams

__all__ = ["sets", "used_lanes"]


def sets(macro: MacroParams, stack: Value) -> Value:
    """Sets of banks."""
    return Const(macro.banks) >> stack


def used_lanes(macro: MacroParams, block: Value, bank: int, stack: Value, channels: Value) -> Value:
    """The lanes of a block of this bank that hold a channel, one bit each."""
    weights = [block * macro.lanes + lane for lane in range(macro.lanes)]
    return Cat(w * sets(macro, stack) + (bank >> stack) < channels for w in weights)
