"""A run with questions of our own: what every core has counted after each tick.

The READs go behind each TICK, so the host's session neither sends nor gets anything else than it
would without them.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mapper.image import Image
from mapper.packets import BURST, PACKET, Kind, Space

from ..blocks import everywhere
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
        word = fields["address"] - find_inspector(self.image).counters
        known = (core < params.cores) & (word >= 0) & (word < len(COUNTED))
        counts[row[known], core[known], word[known]] = fields["data"][known]
        added = np.diff(counts, axis=0, prepend=np.zeros_like(counts[:1]))
        return np.delete(answers, mine), added & 0xFFFF_FFFF


def probe(image: Image[Any], packets: Packets) -> Probed:
    """The packets of a session, with probes after each tick that the chip answers with DONE."""
    inspector, params = find_inspector(image), image.params
    fields = PACKET.unpack(packets)
    ticks = (fields["kind"] == Kind.TICK) & inspector.done(fields["data"])
    read = PACKET.pack(
        kind=Kind.READ, space=Space.CONFIG, address=inspector.counters,
        data=BURST.pack(count=len(COUNTED) - 1, stride=1), **everywhere(params),
    )  # fmt: skip
    behind = np.flatnonzero(ticks) + 1
    caused, ours = _answers(fields, ticks), np.zeros(len(packets), bool)
    ours = np.insert(ours, behind, True)
    caused = np.insert(caused, behind, params.cores * len(COUNTED))
    before = np.cumsum(caused) - caused
    at = np.flatnonzero(np.insert(ticks, behind, False))
    asked = np.flatnonzero(caused)
    begin = before[asked[np.maximum(np.searchsorted(asked, at) - 1, 0)]]
    packets = np.insert(packets, behind, read)
    return Probed(image, packets, np.repeat(ours, caused), before[at], begin)


def _answers(fields: dict[str, Ints], ticks: npt.NDArray[np.bool_]) -> Ints:
    """DONE and REPLY packets that each packet causes."""
    cores = (fields["x1"] - fields["x0"] + 1) * (fields["y1"] - fields["y0"] + 1)
    words = np.where(fields["kind"] == Kind.READ, BURST.unpack(fields["data"])["count"] + 1, 0)
    words = np.where(fields["kind"] == Kind.SCAN, 1, words)
    return words * cores + ticks
