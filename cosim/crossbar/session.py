"""The host of a crossbar chip: programs it pass by pass, runs the samples.

What the host carries from one pass to the next is taken from the golden model. Since the run
compares every spike that the chip puts out with that model, a chip that passes has itself
produced every spike that it was fed.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from mapper.crossbar.image import ChipImage
from mapper.crossbar.layout import BANK, Region, Register, config_address
from mapper.network import INPUT
from mapper.packets import PACKET, Kind, Space, rectangle

from ..blocks import Block, everywhere
from ..checksums import Checksums
from ..host import Session
from ..trace import ChipTrace
from .answers import Decoder
from .program import core_blocks, idle_core, register_block, scanned_blocks
from .samples import SamplePlan

__all__ = ["CrossbarSession"]

Packets = npt.NDArray[np.uint64]
Spikes = npt.NDArray[np.bool_]


class CrossbarSession(Session):
    """One image, in all its passes.

    On a chip with two banks per core the next pass is programmed while this one runs
    (ping-pong, Zou et al. 2021, section 3.1).
    """

    def __init__(self, image: ChipImage) -> None:
        self.image = image
        self.plans = [SamplePlan(image, i) for i in range(len(image.passes))]
        self._checksums = [self._checksums_of(i) for i in range(len(image.passes))]
        self.checksums = self._checksums[0]
        self._decoder = Decoder(image, self.plans, self._checksums)

    def answers(self, samples: int) -> int:
        return self._decoder.programming + samples * self._decoder.per_sample

    @property
    def scanned(self) -> int:
        return sum(c.words for c in self._checksums)

    def packets(
        self, spikes: npt.NDArray[np.generic], carried: dict[str, Spikes] | None = None
    ) -> Packets:
        sent = {INPUT: spikes.astype(bool)} | (carried or {})
        return np.concatenate([*self._stream(sent, len(spikes))])

    def _stream(self, sent: dict[str, Spikes], samples: int) -> Iterator[Packets]:
        banks = self.image.params.core.banks
        yield from self._writes(0)
        yield self._registers(0)
        yield from self._checksums[0].packets()
        for index, plan in enumerate(self.plans):
            last = index + 1 == len(self.plans)
            shadow = np.zeros(0, np.uint64)
            if banks == 2 and not last:
                yield self._bank(active=index % 2, config=(index + 1) % 2)
                shadow = np.concatenate([*self._writes(index + 1)])
            share = -(-len(shadow) // max(1, samples * plan.run.ticks))
            for sample in range(samples):
                for before, after in plan.requests(sent, sample):
                    part, shadow = np.split(shadow, [share])
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
        yield from self._checksums[index].packets()

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

    def _checksums_of(self, index: int) -> Checksums:
        params, cores = self.image.params, self.image.cores_of(index)
        blocks = [scanned_blocks(self.image.cores[i], params.core) for i in cores]
        return Checksums(params, blocks, cores[0])

    def _bank(self, active: int, config: int) -> Packets:
        address = config_address(Region.REGISTER, Register.BANK)
        return np.array([PACKET.pack(
            kind=Kind.WRITE, space=Space.CONFIG, address=address,
            data=BANK.pack(active=active, config=config), **everywhere(self.image.params),
        )], np.uint64)  # fmt: skip

    def decode(self, answers: Packets, samples: int) -> ChipTrace:
        return self._decoder.decode(answers, samples)
