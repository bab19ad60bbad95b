"""The host of a hybrid chip: programs it, sends values, runs the samples."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from mapper.hybrid.image import HybridImage
from mapper.network import INPUT
from mapper.packets import rectangle

from ..checksums import ChecksumGroups, Checksums
from ..crossbar.program import idle_core, scanned_blocks
from ..host import Session
from ..trace import ChipTrace
from .answers import HybridDecoder
from .program import macro_blocks
from .samples import HybridPlan

__all__ = ["HybridSession"]

Packets = npt.NDArray[np.uint64]


class HybridSession(Session):
    """One image."""

    def __init__(self, image: HybridImage) -> None:
        self.image, self.plan = image, HybridPlan(image)
        params, split = image.params, image.params.crossbar_cores
        crossbar, macros = image.crossbar.cores[:split], image.macros
        self._blocks = [
            *(scanned_blocks(core, params.core) for core in crossbar),
            *(macro_blocks(macro, params.macro) for macro in macros.values()),
        ]
        self.checksums = ChecksumGroups([
            Checksums(params, self._blocks[:split], places=range(split)),
            Checksums(params, self._blocks[split:], places=[*macros]),
        ])  # fmt: skip
        self._decoder = HybridDecoder(image, self.plan, self.checksums)

    def answers(self, samples: int) -> int:
        return self._decoder.programming + samples * self._decoder.per_sample

    @property
    def scanned(self) -> int:
        return self.checksums.words

    def packets(
        self,
        spikes: npt.NDArray[np.generic],
        carried: dict[str, npt.NDArray[np.bool_]] | None = None,
    ) -> Packets:
        return np.concatenate([*self._stream(spikes)])

    def _stream(self, values: npt.NDArray[np.generic]) -> Iterator[Packets]:
        empty = scanned_blocks(idle_core(self.image.params.core), self.image.params.core)
        for place, blocks in enumerate(self._blocks):
            where = rectangle(*self.image.params.position(place))
            crossbar = place < self.image.params.crossbar_cores
            before = empty if crossbar else [block.erased() for block in blocks]
            for block, was in zip(blocks, before, strict=True):
                yield block.writes(where, was)
        yield from self.checksums.packets()
        for sample in range(len(values)):
            for before_tick, after in self.plan.requests({INPUT: values}, sample):
                yield from (before_tick, after)

    def decode(self, answers: Packets, samples: int) -> ChipTrace:
        return self._decoder.decode(answers, samples)
