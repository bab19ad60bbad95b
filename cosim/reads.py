"""READs of words that a run looks at, and the answers that they call for."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mapper.mesh import MeshParams
from mapper.packets import Kind, Space, rectangle

from .blocks import burst_packets, bursts

__all__ = ["Answers", "Read", "expected_answers", "read_packets", "read_words"]

Packets = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Read:
    """A burst, and what its answers are: a `kind` of the fabric's own, after which tick.

    place: core in the mesh; core: the same, or its number in an image of several passes
    """

    packet: int
    place: int
    core: int
    addresses: Ints
    kind: str
    tick: int


@dataclass(frozen=True)
class Answers:
    """Packets from the chip: kind; place in the mesh (0 for a DONE); address. Of one length."""

    kind: Ints
    place: Ints
    address: Ints


def read_words(params: MeshParams, core: int, addresses: Ints, kind: str, tick: int) -> list[Read]:
    """READs of words of Space.CONFIG, one per burst."""
    place, found, done = core % params.cores, [], 0
    where = rectangle(*params.position(place))
    packets = burst_packets(Kind.READ, Space.CONFIG, addresses, where)
    for packet, (_, count, _) in zip(packets, bursts(addresses), strict=True):
        part = addresses[done : done + count]
        found.append(Read(int(packet), place, core, part, kind, tick))
        done += count
    return found


def read_packets(reads: list[Read]) -> Packets:
    """The packets to send."""
    return np.array([r.packet for r in reads], np.uint64)


def expected_answers(reads_after: list[list[Read]]) -> Answers:
    """What a sample's answers other than OUTPUT must look like.

    reads_after: what is read after each DONE. Answers come in the order of the requests because
    the gate lets a READ pass only when the chip is idle.
    """
    parts = []
    for reads in reads_after:
        parts += [(int(Kind.DONE), 0, np.zeros(1, np.int64))]
        parts += [(int(Kind.REPLY), r.place, r.addresses) for r in reads]
    return Answers(
        kind=np.concatenate([np.full(len(a), kind) for kind, _, a in parts]),
        place=np.concatenate([np.full(len(a), place) for _, place, a in parts]),
        address=np.concatenate([a for _, _, a in parts]),
    )
