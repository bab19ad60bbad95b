"""Amaranth views of the bit layouts that `mapper` defines."""

from amaranth.lib import data, stream

from mapper.bits import BitLayout
from mapper.packets import PACKET, SPIKE, TICK

__all__ = ["PACKET_LAYOUT", "SPIKE_LAYOUT", "TICK_LAYOUT", "packet_stream", "struct"]


def struct(layout: BitLayout) -> data.StructLayout:
    """The same fields at the same positions, as an Amaranth struct."""
    return data.StructLayout(dict(layout.fields))


PACKET_LAYOUT = struct(PACKET)
SPIKE_LAYOUT = struct(SPIKE)
TICK_LAYOUT = struct(TICK)


def packet_stream() -> stream.Signature:
    """A stream of AER packets."""
    return stream.Signature(PACKET_LAYOUT)
