"""Whether every memory of every core holds what was programmed."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from mapper.mesh import MeshParams
from mapper.packets import Kind

from .answers import Fields, HostError
from .blocks import Block, everywhere

__all__ = ["Checksums"]


class Checksums:
    """SCANs of all memories, each asked of all cores at a time, and the right answers.

    cores: per core its memories, the same ones in every core; first: number of the first core
    """

    def __init__(self, params: MeshParams, cores: list[list[Block]], first: int = 0) -> None:
        self.params, self.blocks, self.first = params, cores[0], first
        self._expected = np.array([[b.crc for b in core] for core in cores], np.int64).T

    @property
    def answers(self) -> int:
        """How many REPLYs come."""
        return self._expected.size

    @property
    def words(self) -> int:
        """Words of a core that all SCANs go through."""
        return sum(len(b.addresses) for b in self.blocks)

    def packets(self) -> Iterator[npt.NDArray[np.uint64]]:
        """The SCANs."""
        for block in self.blocks:
            yield block.reads(Kind.SCAN, everywhere(self.params))

    def corrupt(self, fields: Fields) -> list[str]:
        """Memories that do not hold what was programmed, in words.

        Cores answer a SCAN in any order; each says where it is. Raises HostError when an answer
        is of another kind, for another memory, missing or there twice.
        """
        # A checksum carries the address of the last word.
        right: dict[str, list[int]] = {
            "kind": [Kind.REPLY for _ in self.blocks],
            "space": [b.space for b in self.blocks],
            "address": [int(b.addresses[-1]) for b in self.blocks],
        }
        for name, one in right.items():
            values = np.repeat(one, self.params.cores)
            wrong = np.flatnonzero(fields[name] != values)
            if len(wrong):
                answer, expected = int(fields[name][wrong[0]]), int(values[wrong[0]])
                raise HostError(f"checksum {wrong[0]} has {name} {answer}, expected {expected}")
        place = (fields["y0"] * self.params.width + fields["x0"]).reshape(self._expected.shape)
        if (np.sort(place, axis=1) != np.arange(self.params.cores)).any():
            raise HostError("a checksum is missing or came twice")
        found = np.zeros_like(self._expected)
        np.put_along_axis(found, place, fields["data"].reshape(found.shape), axis=1)
        return [
            f"core {self.first + core}: {self.blocks[memory].name} is not what was programmed"
            for memory, core in np.argwhere(found != self._expected)
        ]
