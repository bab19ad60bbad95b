"""The AER packet: one 64-bit flit that a mesh router can route by itself.

Kinds 0..3 and 7 travel to the rectangle of cores (x0, y0)..(x1, y1), inclusive; kinds 4..6 travel
to the host. There the rectangle fields of REPLY and OUTPUT name the core they come from.
"""

from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from .bits import BitLayout

__all__ = [
    "BURST", "CONFIG_ADDRESS", "MESH_BITS", "PACKET", "SIDES", "SPIKE", "SPIKE_TICK", "TICK",
    "Kind", "Space", "rectangle", "spike_packet",
]  # fmt: skip

MESH_BITS = 3
"""Bits of a mesh coordinate: at most 8 x 8 cores."""
SIDES = ("x0", "y0", "x1", "y1")
"""Fields of a rectangle of cores, in a packet and wherever else one is told."""


class Kind(IntEnum):
    """What a packet asks for or tells."""

    SPIKE = 0
    """data = SPIKE: the axon that carries a spike; address = SPIKE_TICK: in which tick"""
    TICK = 1
    """data = TICK; starts a tick in the addressed cores"""
    WRITE = 2
    """write `data` to `address` of `space`"""
    READ = 3
    """data = BURST: read `count` + 1 words from `address`, `stride` apart; each is a REPLY"""
    REPLY = 4
    """the word read, with its address; or the checksum of a SCAN"""
    OUTPUT = 5
    """data = output line of a neuron that fired"""
    DONE = 6
    """the tick is over and nothing is in flight; data = its length in clock cycles, from TICK on;
    address bit 0 = 1: some packet had no destination (sticky)"""
    SCAN = 7
    """like READ, but answered with one REPLY: the CRC-32 of all the words, each as 4 bytes, least
    significant first (zlib.crc32 computes the same); its address is that of the last word"""


class Space(IntEnum):
    """The two address spaces of a core."""

    SYNAPSE = 0
    CONFIG = 1


CONFIG_ADDRESS = BitLayout("config_address", (("index", 13), ("region", 3)))
"""The address in Space.CONFIG; what regions there are is the fabric's choice."""
PACKET = BitLayout(
    "packet",
    (
        ("data", 32), ("address", 16), ("space", 1), ("kind", 3),
        ("x0", MESH_BITS), ("y0", MESH_BITS), ("x1", MESH_BITS), ("y1", MESH_BITS),
    ),
)  # fmt: skip
SPIKE = BitLayout("spike", (("row", 11), ("phase", 6)))
"""An axon: crossbar row, and phase of the axon extension. Also the output line of OUTPUT."""
SPIKE_TICK = BitLayout("spike_tick", (("parity", 1),))
"""Parity of the tick that shall consume a SPIKE. In a mesh a fast core's spikes for tick n + 1 may
reach a slow core before its TICK n does; the parity tells them from those for tick n."""
TICK = BitLayout("tick", (("first", 1), ("parity", 1)))
"""first: of a sample. Parity: alternates from tick to tick, also across samples."""
BURST = BitLayout("burst", (("count", 16), ("stride", 16)))


def rectangle(x0: Any, y0: Any, x1: Any = None, y1: Any = None) -> dict[str, Any]:
    """Packet fields that address one core, or a rectangle of cores."""
    return {"x0": x0, "y0": y0, "x1": x0 if x1 is None else x1, "y1": y0 if y1 is None else y1}


def spike_packet(row: Any, phase: Any, parity: Any = 0, **where: Any) -> npt.NDArray[np.uint64]:
    """SPIKE packets for axons (row, phase) of the cores in `where` (see `rectangle`).

    parity: of the tick that shall consume them; the chip's gate stamps it into a host's packets.
    """
    axon, tick = SPIKE.pack(row=row, phase=phase), SPIKE_TICK.pack(parity=parity)
    return PACKET.pack(kind=Kind.SPIKE, data=axon, address=tick, **where)
