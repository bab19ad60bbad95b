"""Whether every memory of every core holds what was programmed."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mapper.mesh import MeshParams, cover
from mapper.packets import Kind, rectangle

from .answers import Fields, HostError, fields_slice
from .blocks import Block

__all__ = ["ChecksumGroups", "Checksums"]


class Checksums:
    """SCANs of all memories, each asked of all cores at a time, and the right answers.

    cores: per core its memories, the same ones in every core; first: number of the first core
    places: where these cores stand in the mesh, in ascending order; by default everywhere
    """

    def __init__(
        self, params: MeshParams, cores: list[list[Block]], first: int = 0,
        places: Sequence[int] | None = None,
    ) -> None:  # fmt: skip
        self.params, self.blocks, self.first = params, cores[0], first
        self._places = np.arange(params.cores) if places is None else np.array(places)
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
            for where in self._everywhere():
                yield block.reads(Kind.SCAN, where)

    def wipes(self) -> Iterator[npt.NDArray[np.uint64]]:
        """WRITEs of 0 to every word of these memories, of all cores at a time."""
        for block in self.blocks:
            for where in self._everywhere():
                yield block.erased().writes(where)

    def _everywhere(self) -> Iterator[dict[str, Any]]:
        for sides in cover({self.params.position(int(i)) for i in self._places}):
            yield rectangle(*sides)

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
            values = np.repeat(one, len(self._places))
            wrong = np.flatnonzero(fields[name] != values)
            if len(wrong):
                answer, expected = int(fields[name][wrong[0]]), int(values[wrong[0]])
                raise HostError(f"checksum {wrong[0]} has {name} {answer}, expected {expected}")
        place = (fields["y0"] * self.params.width + fields["x0"]).reshape(self._expected.shape)
        order = np.argsort(place, axis=1)
        if (np.take_along_axis(place, order, axis=1) != self._places).any():
            raise HostError("a checksum is missing or came twice")
        found = np.take_along_axis(fields["data"].reshape(place.shape), order, axis=1)
        return [
            f"core {self.first + self._places[core]}: {self.blocks[memory].name} is not what was "
            "programmed"
            for memory, core in np.argwhere(found != self._expected)
        ]


class ChecksumGroups:
    """Checksums of cores of several kinds, one kind after the other."""

    def __init__(self, groups: Sequence[Checksums]) -> None:
        self._groups = groups

    @property
    def answers(self) -> int:
        """How many REPLYs come."""
        return sum(g.answers for g in self._groups)

    @property
    def words(self) -> int:
        """Words that all SCANs go through, one kind after the other."""
        return sum(g.words for g in self._groups)

    def packets(self) -> Iterator[npt.NDArray[np.uint64]]:
        """The SCANs."""
        for group in self._groups:
            yield from group.packets()

    def wipes(self) -> Iterator[npt.NDArray[np.uint64]]:
        """See `Checksums.wipes`."""
        for group in self._groups:
            yield from group.wipes()

    def corrupt(self, fields: Fields) -> list[str]:
        """See `Checksums.corrupt`."""
        found, first = list[str](), 0
        for group in self._groups:
            found += group.corrupt(fields_slice(fields, first, group.answers))
            first += group.answers
        return found
