"""What the host asks in every sample of a pass, and what a correct chip answers."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mapper.crossbar.image import ChipImage
from mapper.crossbar.layout import (
    CONTROL,
    ColumnField,
    Region,
    Register,
    column_address,
    config_address,
)
from mapper.packets import PACKET, Kind, Space, rectangle

from .program import burst_packets, bursts, everywhere

__all__ = ["Answers", "Read", "SamplePlan"]

Packets = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Read:
    """A burst, and where its answers go: kind "fired", "potential" or "registers"."""

    packet: int
    core: int
    addresses: Ints
    kind: str
    tick: int


@dataclass(frozen=True)
class Answers:
    """Packets from the chip: kind; core (-1: a DONE); address. All of one length."""

    kind: Ints
    core: Ints
    address: Ints


class SamplePlan:
    """One pass of an image: TICKs and READs of a sample, the same for every sample.

    Answers come in the order of the requests because the tick gate lets a READ pass only when
    the chip is idle.
    """

    def __init__(self, image: ChipImage, index: int) -> None:
        self.image, self.index = image, index
        self.run = image.passes[index]
        cores = {i: image.cores[i] for i in image.cores_of(index)}
        self._last = {
            i: np.flatnonzero(CONTROL.unpack(c.control[: c.columns])["last"])
            for i, c in cores.items()
        }
        self._elements = [
            np.repeat(np.arange(len(f.start) - 1), np.diff(f.start)) for f in self.run.feeds
        ]
        self.reads_after = [self._tick_reads(tick) for tick in range(self.run.ticks)]
        registers = np.arange(Register.ERRORS, Register.STRAY + 1)
        address = config_address(Region.REGISTER, 0) + registers
        self.end_reads = [r for i in cores for r in self._reads(i, address, "registers", -1)]

    @property
    def reads(self) -> list[Read]:
        """All of a sample, in order."""
        return [r for reads in self.reads_after for r in reads] + self.end_reads

    def _reads(self, core: int, addresses: Ints, kind: str, tick: int) -> list[Read]:
        where, found, done = rectangle(*self.image.position(core)), [], 0
        packets = burst_packets(Kind.READ, Space.CONFIG, addresses, where)
        for packet, (_, count, _) in zip(packets, bursts(addresses), strict=True):
            part = addresses[done : done + count]
            found.append(Read(int(packet), core, part, kind, tick))
            done += count
        return found

    def _tick_reads(self, tick: int) -> list[Read]:
        """Fired flags and potentials of every core that is active in this tick."""
        reads: list[Read] = []
        for i, last in self._last.items():
            core = self.image.cores[i]
            if core.active(tick):
                words = -(-core.columns // self.image.params.core.fired_word)
                fired = config_address(Region.FIRED, 0) + np.arange(words)
                potential = column_address(0, ColumnField.POTENTIAL) + last * 8
                reads += self._reads(i, fired, "fired", tick)
                reads += self._reads(i, potential, "potential", tick)
        return reads

    def pattern(self) -> Answers:
        """What a sample's answers other than OUTPUT must look like."""
        parts = []
        for reads in self.reads_after:
            parts += [(int(Kind.DONE), -1, np.zeros(1, np.int64))]
            parts += [(int(Kind.REPLY), r.core, r.addresses) for r in reads]
        parts += [(int(Kind.REPLY), r.core, r.addresses) for r in self.end_reads]
        return Answers(
            kind=np.concatenate([np.full(len(a), kind) for kind, _, a in parts]),
            core=np.concatenate([np.full(len(a), core) for _, core, a in parts]),
            address=np.concatenate([a for _, _, a in parts]),
        )

    def requests(
        self, sent: dict[str, npt.NDArray[np.bool_]], sample: int
    ) -> Iterator[tuple[Packets, Packets]]:
        """Per tick: (SPIKEs and the TICK, READs after it); at last (nothing, the end's READs).

        sent: source -> spikes (samples, network ticks, n), the input's and earlier passes'
        """
        for tick, reads in enumerate(self.reads_after):
            start = PACKET.pack(kind=Kind.TICK, data=int(tick == 0), **everywhere(self.image))
            spikes = self._spikes(sent, sample, tick)
            yield np.concatenate([*spikes, [start]]), _packets(reads)
        yield np.zeros(0, np.uint64), _packets(self.end_reads)

    def _spikes(
        self, sent: dict[str, npt.NDArray[np.bool_]], sample: int, tick: int
    ) -> list[Packets]:
        found = []
        for feed, element in zip(self.run.feeds, self._elements, strict=True):
            t = tick - feed.level
            if 0 <= t < self.image.network_ticks:
                found.append(feed.packet[sent[feed.source][sample, t][element]])
        return found


def _packets(reads: list[Read]) -> Packets:
    return np.array([r.packet for r in reads], np.uint64)
