"""What the board's end of the link promises for packets from the host."""

from amaranth.hdl import Assume, Cat, Module, Signal, Value
from amaranth.lib.wiring import In

from mapper.frames import FRAME_PACKETS, PACKET_BYTES
from rtl.link.inbox import Inbox

from .prover import Property, opened

__all__ = ["InboxProperties"]


class InboxProperties(Property):
    """Any frames, good or not, and a chip that takes packets when it likes.

    Byte `any_byte` of packet `any_packet` of a frame that `pick` chooses is followed from its
    arrival until the chip takes it. Assumed: a host sends at most depth / 2 packets from the
    acknowledged one on.
    """

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        super().__init__({
            "byte": In(8), "at": In(8), "valid": In(1), "number": In(8), "count": In(5),
            "offer": In(1), "clear": In(1), "ready": In(1), "pick": In(1), "any_byte": In(3),
            "any_packet": In(4),
        })  # fmt: skip

    def elaborate(self, platform: object) -> Module:
        m = self.start()
        inside = opened(self.inbox)
        m.submodules.inbox = inside
        inbox = self.inbox
        m.d.comb += [
            *(getattr(inbox, name).eq(getattr(self, name))
              for name in ("byte", "at", "valid", "number", "count", "offer", "clear")),
            inbox.o.ready.eq(self.ready), Assume(~(self.offer & self.valid)),
            Assume((self.count != 0) & (self.count <= FRAME_PACKETS)),
            Assume(self.at < FRAME_PACKETS * PACKET_BYTES),
        ]  # fmt: skip
        self._counts(m)
        self._follow(m, inside)
        return m

    def _counts(self, m: Module) -> None:
        """The acknowledgement is the flow control: whoever obeys it is never refused."""
        inbox, half = self.inbox, self.inbox.depth // 2
        waiting, unheard, kept, reach = Signal(8), Signal(8), Signal(8), Signal(8)
        m.d.comb += [
            waiting.eq(inbox.expected - inbox.taken), unheard.eq(inbox.expected - inbox.told),
            kept.eq(inbox.told - inbox.taken), reach.eq(inbox.number + inbox.count - inbox.told),
        ]  # fmt: skip
        fresh = inbox.offer & (inbox.number == inbox.expected)
        m.d.comb += Assume(~fresh | (reach <= half))
        self.claim(m, waiting <= inbox.depth)
        self.claim(m, (unheard <= half) & (kept <= half))
        self.claim(m, inbox.accepted == fresh)
        # Offers stay until taken.
        waits = self.before(m, inbox.o.valid & ~inbox.o.ready & ~inbox.clear)
        offer = Cat(inbox.o.valid, Value.cast(inbox.o.payload))
        self.claim(m, ~waits | (offer == self.before(m, offer)))

    def _follow(self, m: Module, inside: Module) -> None:
        inbox = self.inbox
        seen, last = Signal(), Signal(8)
        follows, number, value = Signal(), Signal(8), Signal(8)
        here = self.valid & (self.at == Cat(self.any_byte, self.any_packet))
        # A good frame has all its bytes; they came since the frame before it, and as the host
        # knew of the room, there was room.
        m.d.comb += Assume(~(self.offer & (self.any_packet < self.count)) | seen)
        room = (inbox.expected - inbox.taken)[:8] + self.any_packet < inbox.depth
        with m.If(here):
            m.d.sync += [seen.eq(room), last.eq(self.byte)]
        with m.If(self.offer | self.clear):
            m.d.sync += seen.eq(0)
        m.d.comb += Assume(
            ~self.pick | (inbox.accepted & ~follows & ~self.clear & (self.any_packet < self.count))
        )
        takes = inbox.o.valid & inbox.o.ready
        with m.If(self.pick):
            m.d.sync += [follows.eq(1), value.eq(last), number.eq(inbox.expected + self.any_packet)]
        with m.If((takes & (number == inbox.taken) & ~self.pick) | self.clear):
            m.d.sync += follows.eq(0)
        byte: Value = Value.cast(inbox.o.payload).word_select(self.any_byte, 8)
        self.claim(m, ~(follows & inbox.o.valid & (number == inbox.taken)) | (byte == value))
        self._induct(m, inside, seen, last, follows, number, value)

    def _induct(
        self, m: Module, inside: Module, seen: Signal, last: Signal, follows: Signal,
        number: Signal, value: Signal,
    ) -> None:  # fmt: skip
        """Where the byte is meanwhile: in the ring, read from it, shifted into the word."""
        inbox, ring = self.inbox, inside.submodules.ring
        waiting = (inbox.expected - inbox.taken)[:8]
        self.claim(m, ~follows | ((number - inbox.taken)[:8] < waiting))
        for known, where, content in (
            (follows, number, value), (seen, inbox.expected + self.any_packet, last)
        ):  # fmt: skip
            port = ring.read_port(domain="comb")
            m.d.comb += port.addr.eq(Cat(self.any_byte, where))
            self.claim(m, ~known | (port.data == content))
        self.claim(m, ~seen | (waiting + self.any_packet < inbox.depth))
        data, step = ring.read_ports[0].data, inbox.step
        oldest = follows & (number == inbox.taken) & ~inbox.o.valid
        self.claim(m, (step <= PACKET_BYTES) & (~inbox.o.valid | (step == 0)))
        self.claim(m, (waiting != 0) | ((step == 0) & ~inbox.o.valid))
        self.claim(m, ~(oldest & (step == self.any_byte + 1)) | (data == value))
        shifted = step - self.any_byte - 2  # more times since it came
        place = (PACKET_BYTES - 1 - shifted)[:3]
        in_word = Value.cast(inbox.o.payload).word_select(place, 8) == value
        self.claim(m, ~(oldest & (step >= self.any_byte + 2)) | in_word)
