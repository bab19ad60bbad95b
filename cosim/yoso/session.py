"""The host of a YOSO grid: programs it, runs the samples at one of three paces."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from mapper.yoso.image import GridImage

from ..checksums import Checksums
from ..host import Session
from ..inputs import check_single, input_spikes
from ..trace import ChipTrace
from .answers import Decoder
from .pace import programmed
from .program import pe_blocks, program_packets
from .samples import SamplePlan

__all__ = ["GridSession"]

Packets = npt.NDArray[np.uint64]
Spikes = npt.NDArray[np.bool_]


class GridSession(Session):
    """One image. pace: one of `cosim.host.PACES`; InputError when the grid cannot go at it."""

    def __init__(self, image: GridImage, pace: str = "tick") -> None:
        self.image = programmed(image, pace)
        self.plan = SamplePlan(self.image, pace)
        params = image.params
        self.checksums = Checksums(params, [pe_blocks(c, params.pe) for c in self.image.cores])
        self._decoder = Decoder(self.image, self.plan, self.checksums, pace)

    def answers(self, samples: int) -> int:
        return self.checksums.answers + samples * self._decoder.per_sample

    @property
    def scanned(self) -> int:
        return self.checksums.words

    def packets(
        self, spikes: npt.NDArray[np.generic], carried: dict[str, Spikes] | None = None
    ) -> Packets:
        """See `Session.packets`; InputError for an element that spikes twice in a sample."""
        inputs = input_spikes(self.image, spikes)
        check_single(inputs)
        return np.concatenate([*self._stream(inputs)])

    def _stream(self, inputs: Spikes) -> Iterator[Packets]:
        yield from program_packets(self.image)
        yield from self.checksums.packets()
        for sample in inputs:
            yield from self.plan.requests(sample)

    def decode(self, answers: Packets, samples: int) -> ChipTrace:
        return self._decoder.decode(answers, samples)
