"""What the board says next: who it is, what it lacks, what its chip says, or what it has got."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from mapper.frames import FrameKind

from .frame_writer import REQUEST

__all__ = ["FrameChoice"]


class FrameChoice(wiring.Component):
    """Chooses the next frame. A REJECT is sent once until a frame is accepted, so that the frames
    behind a damaged one do not each call for it again.

    Members
    -------
    restart: In(1), a RESET came, whose `number` is to be answered; hold: In(1), nothing begins
    accepted, refused: In(1), good data that was expected, or not; ahead: In(1), it came too early
    damaged: In(1), a frame is not as it was sent
    ack: In(8); first, count: In, of the data that could be sent
    request: Out(stream of REQUEST); data: Out(1), with the transfer: it is data
    greets: Out(1), the frame that is being sent answers a RESET
    """

    def __init__(self) -> None:
        super().__init__({
            "restart": In(1), "number": In(8), "hold": In(1), "accepted": In(1), "refused": In(1),
            "ahead": In(1), "damaged": In(1), "ack": In(8), "first": In(8), "count": In(5),
            "request": Out(stream.Signature(REQUEST)), "data": Out(1), "greets": Out(1),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        greet, reject, repeat, asked = Signal(), Signal(), Signal(), Signal()
        nonce, said, frame = Signal(8), Signal(8), self.request.p
        begins = self.request.valid & self.request.ready
        has_data = self.count != 0
        m.d.comb += [
            self.request.valid.eq(
                ~self.hold & (greet | reject | repeat | has_data | (said != self.ack))
            ),
            frame.ack.eq(self.ack),
            frame.number.eq(Mux(greet, nonce, self.first)),
            self.data.eq(begins & (frame.control.kind == FrameKind.DATA)),
        ]
        with m.If(greet):
            m.d.comb += [frame.control.kind.eq(FrameKind.RESET), frame.control.count.eq(1)]
        with m.Elif(reject):
            m.d.comb += frame.control.kind.eq(FrameKind.REJECT)
        with m.Elif(has_data):
            m.d.comb += [frame.control.kind.eq(FrameKind.DATA), frame.control.count.eq(self.count)]
        with m.Else():
            m.d.comb += frame.control.kind.eq(FrameKind.ACK)
        with m.If(begins):
            m.d.sync += [
                greet.eq(0), reject.eq(0), repeat.eq(0), said.eq(self.ack), self.greets.eq(greet)
            ]  # fmt: skip
        self._hear(m, reject, repeat, asked)
        with m.If(self.restart):
            m.d.sync += [greet.eq(1), nonce.eq(self.number), said.eq(0)]
            m.d.sync += [reject.eq(0), repeat.eq(0), asked.eq(0)]
        return m

    def _hear(self, m: Module, reject: Signal, repeat: Signal, asked: Signal) -> None:
        """What must be answered, beside data that is accepted."""
        with m.If((self.damaged | (self.refused & self.ahead)) & ~asked):
            m.d.sync += [reject.eq(1), asked.eq(1)]
        with m.If(self.refused):
            m.d.sync += repeat.eq(1)
        with m.If(self.accepted):
            m.d.sync += asked.eq(0)
