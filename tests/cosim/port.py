"""Packets written by hand, and what a chip answers."""

import numpy as np

from cosim.engines import Stalls, make_engine
from mapper.mesh import MeshParams
from mapper.packets import BURST, PACKET, Kind, Space, rectangle

__all__ = ["exchange", "read", "write"]


def read(address: int, count: int = 1, stride: int = 1, space: Space = Space.CONFIG, x=0, y=0):
    burst = BURST.pack(count=count - 1, stride=stride)
    return PACKET.pack(kind=Kind.READ, space=space, address=address, data=burst,
                       **rectangle(x, y))  # fmt: skip


def write(address: int, data: int, space: Space = Space.CONFIG):
    return PACKET.pack(kind=Kind.WRITE, space=space, address=address, data=data, **rectangle(0, 0))


def exchange(
    params: MeshParams, packets, answers: int, engine: str = "cocotb", **stalls
) -> dict[str, np.ndarray]:
    """Fields of what the chip sends."""
    words = np.array(packets, np.uint64)
    found = make_engine(engine, params).exchange(words, answers, Stalls(**stalls))
    return PACKET.unpack(found)
