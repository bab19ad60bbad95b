"""The packet port of a board at the other end of a line."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from mapper.errors import InputError
from mapper.frames import PACKET_BYTES
from mapper.packets import PACKET, Kind

from ..engines.base import EngineError
from .go_back import LinkStatistics
from .line import Line
from .link import HostLink

__all__ = ["BoardPort"]

_CONNECT = 16  # times the line's patience until nobody is there
_GIVE_UP = 20  # times the line's patience without progress
_WORD = np.dtype("<u8")


class BoardPort:
    """Packets to a board and back, none lost, duplicated or reordered."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self._link = HostLink(line.patience, nonce=int(1000 * line.now()) % 256)

    @property
    def statistics(self) -> LinkStatistics:
        """Of everything so far."""
        return self._link.statistics

    def reset(self) -> int:
        """Reset the board; its DESIGN. Raises InputError when no board answers."""
        self._link.restart()
        start = self.line.now()
        while self._link.design is None:
            self._pump()
            if self.line.now() - start > _CONNECT * self.line.patience:
                asked, seen = self.statistics.frames_sent, self.statistics
                raise InputError(
                    f"{self.line.name}: no board answers: {asked} frames sent, "
                    f"{seen.frames_received} good and {seen.damaged} damaged ones came; is it the "
                    "right port, at the right speed, and is a Spikeloom bitstream on the board?"
                )
        return self._link.design

    def exchange(
        self,
        packets: npt.NDArray[np.uint64],
        answers: int,
        progress: Callable[[int], None] = lambda answers: None,
    ) -> npt.NDArray[np.uint64]:
        """Send `packets`, return all that the chip sends until `answers` DONE and REPLY packets
        have come; progress is told how many have.

        Raises EngineError when the chip falls silent or the line is dead.
        """
        self._link.send(packets.astype(_WORD).tobytes())
        parts, found = [np.zeros(0, np.uint64)], 0
        last, left = self.line.now(), self._link.unacknowledged
        while found < answers or self._link.unacknowledged:
            self._pump()
            words = np.frombuffer(self._link.take(), _WORD).astype(np.uint64)
            if len(words) or self._link.unacknowledged < left:
                last, left = self.line.now(), self._link.unacknowledged
                found += int((PACKET.unpack(words)["kind"] != Kind.OUTPUT).sum())
                parts.append(words)
                progress(found)
            elif self.line.now() - last > _GIVE_UP * self.line.patience:
                raise EngineError(self._silence(answers - found, last))
        return np.concatenate(parts)

    def _pump(self) -> None:
        """Say what is due, hear what came."""
        if data := self._link.poll(self.line.now()):
            self.line.write(data)
        self._link.receive(self.line.read(), self.line.now())

    def _silence(self, missing: int, since: float) -> str:
        seen = self.statistics
        counts = (
            f"{seen.packets_sent} packets sent, {seen.packets_resent} again after "
            f"{seen.timeouts} timeouts and {seen.rejects} rejected frames; {seen.damaged} frames "
            f"came damaged, {seen.frames_received} good"
        )
        if self._link.unacknowledged and self._link.heard <= since:
            return f"{self.line.name}: the board is not heard any more: {counts}"
        return f"{self.line.name}: the chip fell silent with {missing} answers missing: {counts}"

    def close(self) -> None:
        """Let go of the line."""
        self.line.close()


assert _WORD.itemsize == PACKET_BYTES
