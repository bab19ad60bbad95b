"""The host's side of the packet port: what to send, and what the answers mean.

All engines run the same packets. What is sent never depends on what comes back: the chip's tick
gate does the waiting, so a whole run is one array in and one array out. A network in several
passes is no exception: what the host carries from one pass to the next is taken from the golden
model, and since the run compares every spike that the chip puts out with that model, a chip that
passes has itself produced every spike that it was fed.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from mapper.crossbar.image import ChipImage
from mapper.crossbar.layout import BANK, ERRORS, Region, Register, config_address
from mapper.network import INPUT
from mapper.packets import PACKET, Kind, Space, rectangle

from .answers import Decoder, HostError
from .program import (
    Block,
    core_blocks,
    everywhere,
    idle_core,
    register_block,
    scanned_blocks,
)
from .samples import SamplePlan
from .trace import ChipTrace

__all__ = ["HostError", "Session", "error_names"]

Packets = npt.NDArray[np.uint64]
Spikes = npt.NDArray[np.bool_]


class Session:
    """Packets of a run of many samples on one chip, and the decoding of its answers.

    On a chip with two banks per core the next pass is programmed while this one runs
    (ping-pong, Zou et al. 2021, section 3.1).
    """

    def __init__(self, image: ChipImage) -> None:
        self.image = image
        self.plans = [SamplePlan(image, i) for i in range(len(image.passes))]
        self._decoder = Decoder(image, self.plans)

    def answers(self, samples: int) -> int:
        """DONE and REPLY packets that a run of so many samples causes."""
        return self._decoder.programming + samples * self._decoder.per_sample

    def packets(self, spikes: Spikes, carried: dict[str, Spikes] | None = None) -> Packets:
        """Everything to send, programming included.

        spikes: (samples, network ticks, inputs); carried: population -> (samples, network ticks,
        n), what the golden model says that earlier passes put out (`ChipTrace.outputs`)
        """
        return np.concatenate([*self._stream({INPUT: spikes} | (carried or {}), len(spikes))])

    def _stream(self, sent: dict[str, Spikes], samples: int) -> Iterator[Packets]:
        banks = self.image.params.core.banks
        yield from self._writes(0)
        yield self._registers(0)
        yield from self._scans(0)
        for index, plan in enumerate(self.plans):
            last = index + 1 == len(self.plans)
            shadow = np.zeros(0, np.uint64)
            if banks == 2 and not last:
                yield self._bank(active=index % 2, config=(index + 1) % 2)
                shadow = np.concatenate([*self._writes(index + 1)])
            share = -(-len(shadow) // max(1, samples * plan.run.ticks))
            for sample in range(samples):
                for before, after in plan.requests(sent, sample):
                    part, shadow = np.split(shadow, [share if len(before) else 0])
                    yield from (before, part, after)
            yield shadow
            if not last:
                yield from self._change(index + 1, banks)

    def _change(self, index: int, banks: int) -> Iterator[Packets]:
        """From a pass to the next one."""
        if banks == 1:
            yield from self._writes(index)
        yield self._registers(index)
        if banks == 2:
            yield self._bank(active=index % 2, config=index % 2)
        yield from self._scans(index)

    def _writes(self, index: int) -> Iterator[Packets]:
        """WRITEs of the words that differ from what their bank holds, at first zeros."""
        empty = core_blocks(idle_core(self.image.params.core), self.image.params.core)
        before = index - self.image.params.core.banks
        for place, i in enumerate(self.image.cores_of(index)):
            old = empty if before < 0 else self._blocks(self.image.cores_of(before)[place])
            where = rectangle(*self.image.position(i))
            for block, was in zip(self._blocks(i), old, strict=True):
                yield block.writes(where, was)

    def _blocks(self, core: int) -> list[Block]:
        return core_blocks(self.image.cores[core], self.image.params.core)

    def _registers(self, index: int) -> Packets:
        """The registers of all cores, which exist once whatever the number of banks."""
        return np.concatenate([
            register_block(self.image.cores[i]).writes(rectangle(*self.image.position(i)))
            for i in self.image.cores_of(index)
        ])  # fmt: skip

    def _scans(self, index: int) -> Iterator[Packets]:
        """Each memory's checksum, from all cores at a time."""
        first = self.image.cores[self.image.cores_of(index)[0]]
        for block in scanned_blocks(first, self.image.params.core):
            yield block.reads(Kind.SCAN, everywhere(self.image))

    def _bank(self, active: int, config: int) -> Packets:
        address = config_address(Region.REGISTER, Register.BANK)
        return np.array([PACKET.pack(
            kind=Kind.WRITE, space=Space.CONFIG, address=address,
            data=BANK.pack(active=active, config=config), **everywhere(self.image),
        )], np.uint64)  # fmt: skip

    def decode(self, answers: Packets, samples: int) -> ChipTrace:
        """The trace of a run of `samples` samples.

        Raises HostError when an answer is missing, surplus, or not from where it was asked for:
        a chip that says nothing never passes.
        """
        return self._decoder.decode(answers, samples)


def error_names(bits: int) -> list[str]:
    """Names of the sticky error bits that are set."""
    return [name for i, name in enumerate(ERRORS) if bits >> i & 1]
