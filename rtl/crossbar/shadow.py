"""Which words of a core have two banks, so that a tick never sees a write to the other one."""

from amaranth.hdl import Value
from amaranth.lib import data

from mapper.crossbar.layout import ColumnField, Region
from mapper.packets import CONFIG_ADDRESS, Space

from ..layouts import struct

__all__ = ["banked"]


def banked(space: Value, address: Value) -> Value:
    """True for synapses, parameters of columns and routes; potentials and registers exist once."""
    word = data.View(struct(CONFIG_ADDRESS), address)
    parameter = (word.region == Region.COLUMN) & (word.index[:3] != ColumnField.POTENTIAL)
    return (space == Space.SYNAPSE) | parameter | (word.region == Region.ROUTE)
