"""The host's side of the packet port: what to send, and what the answers mean.

All engines run the same packets. What is sent never depends on what comes back: the chip's gate
does the waiting, so a whole run is one array in and one array out.
"""

from abc import ABC, abstractmethod

import numpy as np
import numpy.typing as npt

from .answers import sort_packets
from .checksums import ChecksumGroups, Checksums
from .trace import ChipTrace

__all__ = ["PACES", "Session"]

PACES = ("tick", "sample", "exit")
"""How often the host waits: after each tick, to read every potential; after each sample; or after
each sample, which the chip ends as soon as its output has fired."""


class Session(ABC):
    """Packets of a run of many samples on one chip, and the decoding of its answers.

    checksums: those that follow the programming that comes first
    """

    checksums: Checksums | ChecksumGroups

    def corrupt(self, answers: npt.NDArray[np.uint64]) -> list[str]:
        """Memories that do not hold what was programmed, as "core 3: synapse memory".

        answers: to `packets` of no samples, programming alone. Raises HostError as `decode` does.
        """
        _, _, replies = sort_packets(answers, self.answers(0))
        return self.checksums.corrupt(replies)

    @abstractmethod
    def answers(self, samples: int) -> int:
        """DONE and REPLY packets that a run of so many samples causes."""

    @property
    @abstractmethod
    def scanned(self) -> int:
        """Words of a core that the checksums of all its memories go through."""

    @abstractmethod
    def packets(
        self,
        spikes: npt.NDArray[np.generic],
        carried: dict[str, npt.NDArray[np.bool_]] | None = None,
    ) -> npt.NDArray[np.uint64]:
        """Everything to send, programming included.

        spikes: (samples, network ticks, inputs); carried: population -> (samples, network ticks,
        n), what the golden model says that the chip puts out (`ChipTrace.outputs`), for a chip
        that is fed with it again
        """

    @abstractmethod
    def decode(self, answers: npt.NDArray[np.uint64], samples: int) -> ChipTrace:
        """The trace of a run of `samples` samples.

        Raises HostError when an answer is missing, surplus, or not from where it was asked for:
        a chip that says nothing never passes.
        """
