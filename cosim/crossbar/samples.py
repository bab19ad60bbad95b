"""What the host asks in every sample of a pass, and what a correct chip answers."""

from collections.abc import Iterator, Mapping

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
from mapper.packets import PACKET, Kind

from ..blocks import everywhere
from ..reads import Read, read_packets, read_words

__all__ = ["SamplePlan"]

Packets = npt.NDArray[np.uint64]


class SamplePlan:
    """One pass of an image: TICKs and READs of a sample, the same for every sample.

    reads_after: per chip tick the READs that follow its DONE: fired flags and potentials of every
    core that is active in it; after the last one also the registers of all cores
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
        self.reads_after[-1] += self._register_reads()

    @property
    def reads(self) -> list[Read]:
        """All of a sample, in order."""
        return [r for reads in self.reads_after for r in reads]

    def _tick_reads(self, tick: int) -> list[Read]:
        reads: list[Read] = []
        params = self.image.params
        for i, last in self._last.items():
            core = self.image.cores[i]
            if core.active(tick):
                words = -(-core.columns // params.core.fired_word)
                fired = config_address(Region.FIRED, 0) + np.arange(words)
                potential = column_address(0, ColumnField.POTENTIAL) + last * 8
                reads += read_words(params, i, fired, "fired", tick)
                reads += read_words(params, i, potential, "potential", tick)
        return reads

    def _register_reads(self) -> list[Read]:
        """Errors and counters of all cores."""
        registers = np.arange(Register.ERRORS, Register.STRAY + 1)
        address = config_address(Region.REGISTER, 0) + registers
        reads: list[Read] = []
        for i in self._last:
            reads += read_words(self.image.params, i, address, "registers", -1)
        return reads

    def requests(
        self, sent: Mapping[str, npt.NDArray[np.generic]], sample: int
    ) -> Iterator[tuple[Packets, Packets]]:
        """Per tick: (SPIKEs and the TICK, READs after it).

        sent: source -> spikes (samples, network ticks, n), the input's and earlier passes'
        """
        where = everywhere(self.image.params)
        for tick, reads in enumerate(self.reads_after):
            start = PACKET.pack(kind=Kind.TICK, data=int(tick == 0), **where)
            spikes = self._spikes(sent, sample, tick)
            yield np.concatenate([*spikes, [start]]), read_packets(reads)

    def _spikes(
        self, sent: Mapping[str, npt.NDArray[np.generic]], sample: int, tick: int
    ) -> list[Packets]:
        found = []
        for feed, element in zip(self.run.feeds, self._elements, strict=True):
            t = tick - feed.level
            if 0 <= t < self.image.network_ticks:
                found.append(feed.packet[sent[feed.source][sample, t][element]])
        return found
