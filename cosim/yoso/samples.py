"""What the host sends and asks in every sample, and where the answers belong."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from mapper.packets import PACKET
from mapper.yoso.image import GridImage
from mapper.yoso.layout import (
    TAG,
    TOKEN,
    NeuronField,
    Region,
    Register,
    neuron_address,
    region_address,
)

from ..reads import Read, read_packets, read_words

__all__ = ["SamplePlan"]

Packets = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]


class SamplePlan:
    """Spikes, tokens and READs of a sample; the READs are the same for every sample.

    cores:  PEs whose neurons are read: all in use, with early exit only the one that exits
    waits:  ticks after which the host waits for the grid and reads
    reads_after: per wait the READs that follow its DONE: STATE of all neurons of `cores`, in
            order; after the last one also the registers of all PEs
    """

    def __init__(self, image: GridImage, pace: str) -> None:
        self.image = image
        used = [i for i, core in enumerate(image.cores) if core.neurons]
        self.cores = [i for i in used if pace != "exit" or i == image.exit_core]
        sizes = [image.cores[i].neurons for i in self.cores]
        self._first = np.zeros(image.params.cores, np.int64)
        self._first[self.cores] = np.cumsum(sizes) - sizes
        ticks = range(image.network_ticks)
        self.waits = [*ticks] if pace == "tick" else [ticks[-1]]
        self.reads_after = [self._states(tick) for tick in self.waits]
        registers = np.arange(Register.ERRORS, Register.STRAY + 1)
        address = region_address(Region.REGISTER, 0) + registers
        for i in range(image.params.cores):
            self.reads_after[-1] += read_words(image.params, i, address, "registers", -1)
        feed = image.feed
        self._element = np.repeat(np.arange(len(feed.start) - 1), np.diff(feed.start))

    @property
    def states(self) -> int:
        """Neurons that are read after each wait."""
        return sum(self.image.cores[i].neurons for i in self.cores)

    def place(self, core: npt.NDArray[np.int64], neuron: Ints) -> Ints:
        """Position of the neurons (PE, local neuron) among the STATEs; PEs must be in `cores`."""
        return self._first[core] + neuron

    def neuron(self, place: int) -> tuple[int, int]:
        """Inverse of `place`: (PE, local neuron)."""
        core = max(i for i in self.cores if self._first[i] <= place)
        return core, place - int(self._first[core])

    def _states(self, tick: int) -> list[Read]:
        found: list[Read] = []
        for i in self.cores:
            neurons = np.arange(self.image.cores[i].neurons) * 8
            address = neuron_address(0, NeuronField.STATE) + neurons
            found += read_words(self.image.params, i, address, "states", tick)
        return found

    def requests(self, spikes: npt.NDArray[np.bool_]) -> Iterator[Packets]:
        """One sample. spikes: (network ticks, inputs)"""
        reads = dict(zip(self.waits, self.reads_after, strict=True))
        for tick, fired in enumerate(spikes):
            tag = PACKET.pack(address=TAG.pack(tick=tick))
            yield self.image.feed.packet[fired[self._element]] | tag
            yield self._tokens(tick, tick in reads) | tag
            yield read_packets(reads.get(tick, []))

    def _tokens(self, tick: int, wait: bool) -> Packets:
        """The TICKs of a tick: the last of them makes the gate wait, or ends the sample."""
        last = tick + 1 == self.image.network_ticks
        tokens = self.image.tokens.copy()
        tokens[-1] |= PACKET.pack(data=TOKEN.pack(wait=int(wait), last=int(last)))
        return tokens
