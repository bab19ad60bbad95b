"""The sender's end of the link against a list, in every cycle, whatever the host answers."""

import random
from dataclasses import dataclass, field

import pytest
from amaranth.hdl import Value

from mapper.frames import FRAME_PACKETS, PACKET_BYTES
from rtl.link.outbox import Outbox

DEPTH, PATIENCE = 32, 5
SHORT = 2  # packets of a frame while the line is bad


@dataclass
class Model:
    """kept: packets that the host may still ask for, `sent` of them sent, the first is number
    `base`; entering: the packet on its way into the ring, for `left` more cycles
    """

    base: int = 0
    sent: int = 0
    timer: int = 0
    left: int = 0
    careful: bool = False
    entering: int = 0
    kept: list[int] = field(default_factory=list)

    def offers(self) -> tuple[int, int, bool]:
        """(number and packets of the frame to send, whether there is room for a packet)."""
        most = SHORT if self.careful else FRAME_PACKETS
        count = min(most, len(self.kept) - self.sent)
        return (self.base + self.sent) % 256, count, self.left == 0 and len(self.kept) < DEPTH

    def cycle(self, drive: dict[str, int], packet: int | None) -> bool:
        """What happens in a cycle; whether packets are sent again. packet: that is taken."""
        got = (drive["ack"] - self.base) % 256
        right = drive["heard"] and got <= len(self.kept)
        late = self.sent > 0 and self.timer == 2**PATIENCE - 1
        again = late or bool(right and drive["reject"] and self.sent > got)
        sent = self.sent + (self.offers()[1] if drive["send"] else 0)
        self.timer = 0 if self.sent == 0 or drive["busy"] else (self.timer + 1) % 2**PATIENCE
        self.careful = again or (self.careful and not (right and got))
        if right:
            self.timer *= not (drive["reject"] or got)
            sent = 0 if drive["reject"] or got > self.sent else sent - got
            self.base, self.kept = drive["ack"], self.kept[got:]
        elif late:
            sent = 0
        self.sent = sent
        self._store(packet)
        if drive["clear"]:
            self.base, self.sent, self.left, self.kept = 0, 0, 0, []
        return again

    def _store(self, packet: int | None) -> None:
        if self.left:
            self.left -= 1
            self.kept += [self.entering] * (self.left == 0)
        if packet is not None:
            self.left, self.entering = PACKET_BYTES, packet


def answers(dice: random.Random, model: Model, often: float) -> dict[str, int]:
    """What the host and the line do: mostly right, sometimes late, wrong, or nothing.

    often: probability of an answer in a cycle
    """
    sensible = model.base + dice.randrange(len(model.kept) + 1)
    number, count, _ = model.offers()
    return {
        "send": int(count > 0 and dice.random() < 0.2), "busy": int(dice.random() < 0.02),
        "ack": (sensible if dice.random() < 0.9 else dice.randrange(256)) % 256,
        "heard": int(dice.random() < often), "reject": int(dice.random() < 0.3),
        "clear": int(dice.random() < 0.001),
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_it_does_what_a_list_does(simulate, seed):
    dice, outbox, model = random.Random(seed), Outbox(DEPTH, PATIENCE), Model()
    seen = {"again": 0, "clear": 0, "full": 0, "careful": 0}

    async def bench(ctx):
        for now in range(4000):
            if now % 500 == 0:
                often = dice.choice((0.04, 0.004))
            number, count, room = model.offers()
            drive, offered = answers(dice, model, often), dice.random() < 0.5
            packet = dice.getrandbits(64)
            for name, value in drive.items():
                ctx.set(getattr(outbox, name), value)
            ctx.set(Value.cast(outbox.i.payload), packet)
            ctx.set(outbox.i.valid, offered)
            told = await ctx.tick().sample(
                outbox.number, outbox.count, outbox.i.ready, outbox.again
            )
            taken = packet if offered and room else None
            full = len(model.kept) == DEPTH
            again = model.cycle(drive, taken)
            assert told[2:] == (number, count, room, again)
            seen["again"] += again
            seen["clear"] += drive["clear"]
            seen["careful"] += model.careful
            seen["full"] += full

    simulate(outbox, bench)
    assert all(seen.values()), (seed, seen)


@pytest.mark.parametrize("first", [0, 250])
def test_the_bytes_of_a_frame_are_those_of_its_packets(simulate, first):
    """Also after the numbers have begun anew, and when the frame is asked for again."""
    outbox, dice = Outbox(DEPTH, PATIENCE), random.Random(first)
    packets = [dice.getrandbits(64) for _ in range(first + 12)]

    async def put(ctx, packet: int) -> None:
        ctx.set(Value.cast(outbox.i.payload), packet)
        ctx.set(outbox.i.valid, 1)
        await ctx.tick().until(outbox.i.ready)
        ctx.set(outbox.i.valid, 0)
        await ctx.tick().repeat(PACKET_BYTES)

    async def frame(ctx) -> bytes:
        count = ctx.get(outbox.count)
        ctx.set(outbox.send, 1)
        await ctx.tick()
        ctx.set(outbox.send, 0)
        found = bytearray()
        for at in range(count * PACKET_BYTES):
            ctx.set(outbox.at, at)
            await ctx.tick()
            found.append(ctx.get(outbox.byte))
        return bytes(found)

    async def answer(ctx, ack: int, reject: int) -> None:
        ctx.set(outbox.ack, ack % 256)
        ctx.set(outbox.reject, reject)
        ctx.set(outbox.heard, 1)
        await ctx.tick()
        ctx.set(outbox.heard, 0)

    async def bench(ctx):
        ctx.set(outbox.busy, 1)  # nobody is late
        for number, packet in enumerate(packets[:first]):
            await put(ctx, packet)
            assert await frame(ctx) == packet.to_bytes(8, "little")
            await answer(ctx, number + 1, 0)
        for packet in packets[first:]:
            await put(ctx, packet)
        expected = b"".join(p.to_bytes(8, "little") for p in packets[first:])
        assert await frame(ctx) == expected
        await answer(ctx, first + 3, 1)
        assert ctx.get(outbox.number) == (first + 3) % 256
        assert await frame(ctx) == expected[24:40]  # the line is bad: a short frame
        await answer(ctx, first + 5, 0)
        assert await frame(ctx) == expected[40:]

    simulate(outbox, bench)
