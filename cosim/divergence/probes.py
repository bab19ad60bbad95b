"""A run with questions of our own: what every core has counted after each tick.

The READs go behind each TICK, so the host's session neither sends nor gets anything else than it
would without them.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mapper.image import Image
from mapper.mesh import cover
from mapper.packets import BURST, PACKET, Kind, Space, rectangle

from ..trace import COUNTED
from .inspectors import find_inspector

__all__ = ["Probed", "probe"]

Packets = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Probed:
    """packets, answers: of the run with the probes in it.

    ours: (answers,), which DONE and REPLY packets answer a probe
    done: (DONEs,), DONE and REPLY packets that come before each DONE
    begin: (DONEs,), those that come before the last question ahead of its tick is let through
    """

    image: Image[Any]
    packets: Packets
    ours: npt.NDArray[np.bool_]
    done: Ints
    begin: Ints

    @property
    def answers(self) -> int:
        """DONE and REPLY packets."""
        return len(self.ours)

    def split(self, answers: Packets) -> tuple[Packets, Ints]:
        """(the session's answers, what each tick added to COUNTED: (DONEs, cores of the mesh, 4)).

        Answers that are too few for that leave the missing counts 0.
        """
        places = np.flatnonzero(PACKET.unpack(answers)["kind"] != Kind.OUTPUT)[: len(self.ours)]
        mine = places[self.ours[: len(places)]]
        fields = PACKET.unpack(answers[mine])
        params = self.image.params
        counts = np.zeros((len(self.done), params.cores, len(COUNTED)), np.int64)
        row = np.arange(len(mine)) // (params.cores * len(COUNTED))
        core = fields["y0"] * params.width + fields["x0"]
        inside = core < params.cores
        first = find_inspector(self.image).counters(self.image)[np.where(inside, core, 0)]
        word = fields["address"] - first
        known = inside & (word >= 0) & (word < len(COUNTED))
        counts[row[known], core[known], word[known]] = fields["data"][known]
        added = np.diff(counts, axis=0, prepend=np.zeros_like(counts[:1]))
        return np.delete(answers, mine), added & 0xFFFF_FFFF


def probe(image: Image[Any], packets: Packets) -> Probed:
    """The packets of a session, with probes after each tick that the chip answers with DONE."""
    fields, reads = PACKET.unpack(packets), _reads(image)
    ticks = (fields["kind"] == Kind.TICK) & find_inspector(image).done(fields["data"])
    behind = np.repeat(np.flatnonzero(ticks) + 1, len(reads))
    asked = np.tile(reads, int(ticks.sum()))
    caused, ours = _answers(fields, ticks), np.zeros(len(packets), bool)
    ours = np.insert(ours, behind, True)
    caused = np.insert(caused, behind, _answers(PACKET.unpack(asked), np.zeros(len(asked), bool)))
    before = np.cumsum(caused) - caused
    at = np.flatnonzero(np.insert(ticks, behind, False))
    causing = np.flatnonzero(caused)
    begin = before[causing[np.maximum(np.searchsorted(causing, at) - 1, 0)]]
    packets = np.insert(packets, behind, asked)
    return Probed(image, packets, np.repeat(ours, caused), before[at], begin)


def _reads(image: Image[Any]) -> Packets:
    """A probe: what all cores have counted, of those together whose counters lie together."""
    params, addresses = image.params, find_inspector(image).counters(image)
    burst = BURST.pack(count=len(COUNTED) - 1, stride=1)
    facts = {"kind": Kind.READ, "space": Space.CONFIG, "data": burst}
    return np.array([
        PACKET.pack(address=int(address), **facts, **rectangle(*sides))
        for address in np.unique(addresses)
        for sides in cover({params.position(int(i)) for i in np.flatnonzero(addresses == address)})
    ], np.uint64)  # fmt: skip


def _answers(fields: dict[str, Ints], ticks: npt.NDArray[np.bool_]) -> Ints:
    """DONE and REPLY packets that each packet causes."""
    cores = (fields["x1"] - fields["x0"] + 1) * (fields["y1"] - fields["y0"] + 1)
    words = np.where(fields["kind"] == Kind.READ, BURST.unpack(fields["data"])["count"] + 1, 0)
    words = np.where(fields["kind"] == Kind.SCAN, 1, words)
    return words * cores + ticks
