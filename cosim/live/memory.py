"""The words of a chip's cores by their names."""

from typing import Any

import numpy as np
import numpy.typing as npt

from mapper.errors import InputError
from mapper.packets import PACKET, Kind, rectangle

from ..answers import HostError
from ..blocks import burst_packets
from ..steps import Words
from ..trace import COUNTED
from .connected import Connected

__all__ = ["Memory"]

Ints = npt.NDArray[np.int64]


class Memory(Connected):
    """A chip whose memories and registers can be read and written, programmed or not."""

    def read(self, core: int, name: str, index: Any = None) -> Any:
        """Words of a core, by a name of `names`: one number, or an array of them.

        index: of one word, or several (slice, array); by default all there are
        """
        words = self._words(core, name)
        every = np.arange(words.count)
        wanted = np.asarray(index) if not isinstance(index, slice | None) else every[index or ...]
        found = self._read(core, words, np.atleast_1d(wanted).astype(np.int64))
        single = wanted.ndim == 0 or (index is None and words.count == 1)
        return int(found[0]) if single else found

    def _read(self, core: int, words: Words, indices: Ints) -> Ints:
        addresses = words.addresses(indices)
        where = rectangle(*self.image.params.position(core))
        packets = burst_packets(Kind.READ, words.space, addresses, where)
        found = PACKET.unpack(self.exchange(packets.tolist(), len(addresses)))
        if (found["kind"] != Kind.REPLY).any() or len(found["kind"]) != len(addresses):
            raise HostError(f"reading core {core}: the chip sent other packets than the words")
        return words.value(found["data"])

    def write(self, core: int, name: str, value: int, index: int = 0) -> None:
        """Change one word of a core. What a core refuses sets its error bits (`errors`)."""
        words = self._words(core, name)
        address = int(words.addresses(np.array([index]))[0])
        where = rectangle(*self.image.params.position(core))
        packet = PACKET.pack(kind=Kind.WRITE, space=words.space, address=address,
                             data=words.data(value), **where)  # fmt: skip
        self.exchange([int(packet)])

    @property
    def names(self) -> dict[str, int]:
        """What `read` and `write` know: name -> number of words in every core that has them."""
        return {name: words.count for name, words in self._steps.words.items()}

    def _words(self, core: int, name: str) -> Words:
        cores = self.image.params.cores
        if isinstance(core, bool) or not isinstance(core, int) or not 0 <= core < cores:
            raise InputError(f"core {core!r}: this chip has cores 0 to {cores - 1}")
        words = self._steps.of_core(core)
        if name not in words:
            raise InputError(f"there are no words {name!r}; there are {', '.join(words)}")
        return words[name]

    def errors(self) -> list[str]:
        """Sticky error bits that are set, as "core 3: saturation"."""
        return [
            f"core {core}: {name}"
            for core in range(self.image.params.cores)
            for name in self._fabric.error_names(self._register(core, "errors"))
        ]

    def counters(self) -> dict[str, Ints]:
        """Counter -> its value in every core, since `program`."""
        cores = range(self.image.params.cores)
        return {name: np.array([self._register(c, name) for c in cores]) for name in COUNTED}

    def _register(self, core: int, name: str) -> int:
        """One that every kind of core has."""
        return int(self.read(core, self._steps.name(name, core)))
