"""The link without its pins: bytes of a line on one side, packets on the other."""

from amaranth.hdl import C, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from mapper.frames import FrameKind

from ..layouts import packet_stream
from .frame_choice import FrameChoice
from .frame_reader import FrameReader
from .frame_writer import FrameWriter
from .inbox import Inbox
from .outbox import Outbox

__all__ = ["DEPTH", "PATIENCE", "PacketLink"]

DEPTH, PATIENCE = 128, 20
_RESET_CYCLES = 15


class PacketLink(wiring.Component):
    """Nothing is lost, duplicated or reordered while chip and host are up: see docs/host.md.

    Parameters
    ----------
    design: what a RESET is answered with, see `mapper.frames.design_word`
    depth: packets that are kept each way, a power of two, 32 to 128
    patience: after 2^patience cycles without acknowledgement packets are sent again

    Members
    -------
    raw: In(8), a byte of the line, with raw_valid: In(1); o: Out(stream of bytes), to the line
    to_chip: Out(packet stream); from_chip: In(packet stream)
    reset: Out(1), the chip shall be reset; streams may break their rules then
    heard: Out(1), a good frame came, for one cycle
    trouble: Out(1), a frame was damaged, or packets are sent again, for one cycle
    """

    def __init__(self, design: int, depth: int = DEPTH, patience: int = PATIENCE) -> None:
        if depth not in (32, 64, 128):
            raise ValueError(f"depth {depth}: a ring holds 32, 64 or 128 packets")
        self.design, self.depth, self.patience = design, depth, patience
        super().__init__({
            "raw": In(8), "raw_valid": In(1), "o": Out(stream.Signature(8)),
            "to_chip": Out(packet_stream()), "from_chip": In(packet_stream()),
            "reset": Out(1), "heard": Out(1), "trouble": Out(1),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.reader = reader = FrameReader()
        m.submodules.inbox = inbox = Inbox(self.depth)
        m.submodules.outbox = outbox = Outbox(self.depth, self.patience)
        wiring.connect(m, inbox.o, wiring.flipped(self.to_chip))
        wiring.connect(m, wiring.flipped(self.from_chip), outbox.i)
        good, kind = reader.end & reader.good, reader.control.kind
        resets, offered = good & (kind == FrameKind.RESET), good & (kind == FrameKind.DATA)
        m.d.comb += [
            reader.raw.eq(self.raw), reader.raw_valid.eq(self.raw_valid),
            inbox.byte.eq(reader.byte), inbox.at.eq(reader.at), inbox.valid.eq(reader.valid),
            inbox.number.eq(reader.number), inbox.count.eq(reader.control.count),
            inbox.offer.eq(offered), inbox.clear.eq(self.reset),
            outbox.ack.eq(reader.ack), outbox.heard.eq(good & ~resets),
            outbox.reject.eq(kind == FrameKind.REJECT), outbox.clear.eq(self.reset),
            self.heard.eq(good),
            self.trouble.eq((reader.end & ~reader.good) | outbox.again),
        ]  # fmt: skip
        left = Signal(range(_RESET_CYCLES + 1))
        m.d.comb += self.reset.eq(left != 0)
        with m.If(resets):
            m.d.sync += left.eq(_RESET_CYCLES)
        with m.Elif(left != 0):
            m.d.sync += left.eq(left - 1)
        m.submodules.choice = choice = FrameChoice()
        m.d.comb += [
            choice.restart.eq(resets), choice.number.eq(reader.number), choice.hold.eq(self.reset),
            choice.accepted.eq(inbox.accepted), choice.refused.eq(offered & ~inbox.accepted),
            choice.ahead.eq(inbox.ahead), choice.damaged.eq(reader.end & ~reader.good),
            choice.ack.eq(inbox.ack), choice.first.eq(outbox.number),
            choice.count.eq(outbox.count), outbox.send.eq(choice.data),
        ]  # fmt: skip
        self._write(m, choice, outbox)
        return m

    def _write(self, m: Module, choice: FrameChoice, outbox: Outbox) -> None:
        """The frame that was chosen, with the packets or who we are."""
        m.submodules.writer = writer = FrameWriter()
        wiring.connect(m, writer.o, wiring.flipped(self.o))
        wiring.connect(m, choice.request, writer.request)
        design = C(self.design, 64).word_select(writer.at[:3], 8)
        m.d.comb += [
            outbox.at.eq(writer.at),
            outbox.busy.eq(~writer.request.ready),
            writer.byte.eq(Mux(choice.greets, design, outbox.byte)),
        ]
