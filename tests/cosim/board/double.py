"""A board in Python: what `rtl/link` promises, without hardware."""

from cosim.board.frames import Frame, FrameParser, encode
from cosim.board.go_back import LinkStatistics, Receiver, Sender
from mapper.frames import FrameKind


class BoardDouble:
    """Answers RESETs with `design`, says `packets` then. came: bytes of packets from the host"""

    def __init__(self, design: int, patience: float, packets: bytes = b"") -> None:
        self.design, self.patience, self.packets = design, patience, packets
        self.resets = 0
        self.restart()

    def restart(self) -> None:
        self.came, self.parser = bytearray(), FrameParser()
        self.receiver = Receiver(LinkStatistics())
        self.sender = Sender(64, self.patience, LinkStatistics())
        self.sender.put(self.packets if self.resets else b"")

    def talk(self, data: bytes, now: float) -> bytes:
        """What it says when `data` has come."""
        greetings = []
        for frame in self.parser.feed(data):
            if frame is None:
                self.receiver.damaged()
            elif frame.kind == FrameKind.RESET:
                self.resets += 1
                self.restart()
                word = self.design.to_bytes(8, "little")
                greetings.append(Frame(FrameKind.RESET, frame.number, 0, word))
            else:
                self.sender.heard(frame.ack, frame.kind == FrameKind.REJECT, now)
                if frame.kind == FrameKind.DATA:
                    self.came += self.receiver.take(frame)
        return b"".join(map(encode, [*greetings, *self._frames(now)]))

    def _frames(self, now: float) -> list[Frame]:
        ack, answer = self.receiver.expected, self.receiver.answer
        self.receiver.answer = None
        said = [Frame(FrameKind.DATA, n, ack, p) for n, p in self.sender.frames(now)]
        return said if answer is None else [Frame(answer, 0, ack), *said]
