"""The host's end of the link: bytes in, bytes out, packets in order. It knows no port and no clock.

Whoever drives it hands in what came and what time it is, and sends what it says:

    link.restart()
    while not link.design:
        port.write(link.poll(now)); link.receive(port.read(), now)
"""

from mapper.frames import DESIGN, FrameKind

from .frames import Frame, FrameParser, encode
from .go_back import LinkStatistics, Receiver, Sender

__all__ = ["HostLink"]

_LONGEST = 16  # pause between RESETs, times the patience


class HostLink:
    """patience: seconds without an answer after which something is sent again, at first; nonce:
    any number, another one than that of the process before helps

    design: the DESIGN that the board answered the reset with, None before
    heard: when the last good frame came
    """

    def __init__(self, patience: float, nonce: int = 0) -> None:
        self.patience, self.statistics = patience, LinkStatistics()
        self._nonce, self._parser = nonce, FrameParser()
        self.restart()

    def restart(self) -> None:
        """Reset the board, and both ends of the link; what was under way is forgotten."""
        self.design: int | None = None
        self.heard = 0.0
        self._again, self._pause = float("-inf"), self.patience
        self._received = bytearray()
        self._receiver = Receiver(self.statistics)
        self._sender = Sender(0, self.patience, self.statistics)

    @property
    def unacknowledged(self) -> int:
        """Packets that the board has not confirmed."""
        return len(self._sender)

    def send(self, packets: bytes) -> None:
        """Packets for the board, 8 bytes each, least significant first."""
        self._sender.put(packets)

    def take(self) -> bytes:
        """The packets that came since the last call."""
        found = bytes(self._received)
        self._received.clear()
        return found

    def receive(self, data: bytes, now: float) -> None:
        """Bytes from the line."""
        for frame in self._parser.feed(data):
            if frame is None:
                self._receiver.damaged()
            else:
                self.statistics.frames_received += 1
                self.heard = now
                self._hear(frame, now)

    def _hear(self, frame: Frame, now: float) -> None:
        if frame.kind == FrameKind.RESET:
            if self.design is None and frame.number == self._nonce and frame.count == 1:
                self.design = int.from_bytes(frame.packets, "little")
                self._sender.window = int(DESIGN.unpack(self.design)["window"])
        elif self.design is not None:
            self._sender.heard(frame.ack, frame.kind == FrameKind.REJECT, now)
            if frame.kind == FrameKind.REJECT:
                self.statistics.rejects += 1
            if frame.kind == FrameKind.DATA:
                self._received += self._receiver.take(frame)

    def poll(self, now: float) -> bytes:
        """What is to be sent now."""
        frames = self._reset(now) if self.design is None else self._talk(now)
        self.statistics.frames_sent += len(frames)
        return b"".join(map(encode, frames))

    def _reset(self, now: float) -> list[Frame]:
        """Each RESET has another number, so its answer tells that no other one is on its way; and
        more time than the one before, so that an answer comes in time from however far.
        """
        if now < self._again:
            return []
        self._again, self._pause = now + self._pause, min(2 * self._pause, _LONGEST * self.patience)
        self._nonce = (self._nonce + 1) % 256
        return [Frame(FrameKind.RESET, self._nonce, 0)]

    def _talk(self, now: float) -> list[Frame]:
        ack, answer = self._receiver.expected, self._receiver.answer
        frames = [
            Frame(FrameKind.DATA, number, ack, packets)
            for number, packets in self._sender.frames(now)
        ]
        if answer == FrameKind.REJECT or (answer and not frames):
            frames.insert(0, Frame(answer, 0, ack))
        self._receiver.answer = None
        return frames
