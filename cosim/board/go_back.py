"""Both ends of the link's promise: packets arrive once each, in order, or again until they do."""

from collections.abc import Iterator
from dataclasses import dataclass

from mapper.frames import FRAME_PACKETS, PACKET_BYTES, FrameKind

from .frames import Frame

__all__ = ["LinkStatistics", "Receiver", "Sender"]

_NUMBERS = 256
_BACKOFF = 4  # times that the patience doubles


@dataclass
class LinkStatistics:
    """As the host has seen them.

    frames_sent, frames_received: all good ones; packets_sent: each counted once;
    packets_resent: again; packets_received: each counted once; damaged: frames that came damaged;
    out_of_order: frames that came too early or twice; rejects: REJECTs that came;
    timeouts: times that nothing was acknowledged for long
    """

    frames_sent: int = 0
    frames_received: int = 0
    packets_sent: int = 0
    packets_resent: int = 0
    packets_received: int = 0
    damaged: int = 0
    out_of_order: int = 0
    rejects: int = 0
    timeouts: int = 0


class Sender:
    """Go-back-N, with shorter frames while the line is bad. window: packets that may be
    unacknowledged; patience: seconds until one without acknowledgement is sent again, at first
    """

    def __init__(self, window: int, patience: float, statistics: LinkStatistics) -> None:
        self.window, self.patience, self.statistics = window, patience, statistics
        self._waiting = bytearray()  # packets from `_base` on
        self._base = self._sent = self._highest = self._failures = 0
        self._since, self._longest = 0.0, FRAME_PACKETS

    def __len__(self) -> int:
        """Packets that are not acknowledged."""
        return len(self._waiting) // PACKET_BYTES

    def put(self, packets: bytes) -> None:
        """More packets to send."""
        self._waiting += packets

    def due(self) -> float | None:
        """When the patience ends, None while there is nothing to wait for."""
        return self._since + self.patience * 2**self._failures if self._sent else None

    def frames(self, now: float) -> Iterator[tuple[int, bytes]]:
        """(number, packets) of the frames to send now."""
        due = self.due()
        if due is not None and now >= due:
            self._failures = min(self._failures + 1, _BACKOFF)
            self.statistics.timeouts += 1
            self._again(now)
        while self._sent < min(len(self), self.window):
            if not self._sent:
                self._since = now
            count = min(self._longest, self.window - self._sent, len(self) - self._sent)
            first = self._sent * PACKET_BYTES
            yield (
                (self._base + self._sent) % _NUMBERS,
                bytes(self._waiting[first : first + count * PACKET_BYTES]),
            )
            again = min(count, max(0, self._highest - self._sent))
            self.statistics.packets_resent += again
            self.statistics.packets_sent += count - again
            self._sent += count
            self._highest = max(self._highest, self._sent)

    def heard(self, ack: int, rejects: bool, now: float) -> None:
        """An acknowledgement; one for packets that were never sent is ignored.

        Whoever speaks may be too busy to take packets, so patience begins anew.
        """
        self._since = now
        got = (ack - self._base) % _NUMBERS
        if got > self._highest:
            return
        del self._waiting[: got * PACKET_BYTES]
        self._base = ack
        self._highest -= got
        self._sent = max(0, self._sent - got)
        if got:
            self._failures = 0
            self._longest = min(FRAME_PACKETS, 2 * self._longest)
        if rejects and self._sent:
            self._again(now)

    def _again(self, now: float) -> None:
        self._sent, self._since, self._longest = 0, now, max(1, self._longest // 2)


class Receiver:
    """Accepts packets in order. answer: the frame that is due, None for none."""

    def __init__(self, statistics: LinkStatistics) -> None:
        self.statistics = statistics
        self.expected, self.answer = 0, None  # type: int, FrameKind | None
        self._asked = False  # once until a frame is accepted

    def take(self, frame: Frame) -> bytes:
        """The packets of a frame of data, if it is the expected one."""
        behind = (frame.number - self.expected) % _NUMBERS
        if behind:
            self.statistics.out_of_order += 1
            self._answer(behind < _NUMBERS // 2)
            return b""
        self.expected = (self.expected + frame.count) % _NUMBERS
        self.statistics.packets_received += frame.count
        self._asked = False
        self._answer(False)
        return frame.packets

    def damaged(self) -> None:
        """A frame came damaged."""
        self.statistics.damaged += 1
        self._answer(True, only=True)

    def _answer(self, lacks: bool, only: bool = False) -> None:
        if lacks and not self._asked:
            self._asked, self.answer = True, FrameKind.REJECT
        elif self.answer is None and not only:
            self.answer = FrameKind.ACK
