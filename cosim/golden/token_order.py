"""In which order the PEs of a grid can compute a tick: each waits for its senders' tokens."""

import numpy as np
import numpy.typing as npt

from mapper.errors import InputError
from mapper.packets import PACKET
from mapper.yoso.image import GridImage
from mapper.yoso.layout import TARGET

__all__ = ["TokenOrder"]

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class TokenOrder:
    """senders: PE in use -> PEs that send tokens to it; order: PEs such that senders come first.

    Raises InputError for a PE that would wait for a token forever.
    """

    def __init__(self, image: GridImage) -> None:
        self.image = image
        used = [i for i, core in enumerate(image.cores) if core.neurons]
        self.senders = {i: self._senders(i, used) for i in used}
        self.order = self._order()

    def reaches(self, words: dict[str, Ints], core: int) -> Bools:
        """Which rectangles of PACKET or TARGET fields hold a PE."""
        x, y = self.image.position(core)
        return (
            (words["x0"] <= x) & (x <= words["x1"]) & (words["y0"] <= y) & (y <= words["y1"])
        )  # fmt: skip

    def packets(self, source: int, core: int) -> int:
        """Packets that a PE gets from another one for each spike, and for each token."""
        words = TARGET.unpack(np.array(self.image.cores[source].targets))
        return int((self.reaches(words, core) & (words["valid"] == 1)).sum())

    def _senders(self, core: int, used: list[int]) -> list[int]:
        """The PEs that send tokens to a PE; InputError unless it gets as many as it waits for."""
        senders = [i for i in used if self.packets(i, core)]
        host = int(self.reaches(PACKET.unpack(self.image.tokens), core).sum())
        found = host + sum(self.packets(i, core) for i in senders)
        wanted = self.image.cores[core].sources
        if not wanted or found != wanted:
            raise InputError(
                f"PE {core} ends a tick with {wanted} tokens and is sent {found}; it would wait "
                "forever or take a token for the next tick's"
            )
        return senders

    def _order(self) -> list[int]:
        """PEs such that senders come first; InputError when some wait for each other."""
        order: list[int] = []
        while len(order) < len(self.senders):
            ready = [
                i
                for i, senders in self.senders.items()
                if i not in order and set(senders) <= set(order)
            ]
            if not ready:
                waiting = ", ".join(str(i) for i in self.senders if i not in order)
                raise InputError(f"PEs {waiting} would wait forever for each other's tokens")
            order += ready
        return order
