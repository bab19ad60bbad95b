"""What the board says, and when it is silent."""

import random

import pytest

from mapper.frames import FrameKind
from rtl.link.frame_choice import FrameChoice

EVENTS = ("restart", "accepted", "refused", "ahead", "damaged")


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        ([], []),
        ([{"restart": 1, "number": 7}], [(FrameKind.RESET, 7, 0)]),
        ([{"accepted": 1, "ack": 3}], [(FrameKind.ACK, 0, 3)]),
        # The acknowledgement was lost: said again, once for each time that it is asked for.
        ([{"refused": 1}], [(FrameKind.ACK, 0, 0)]),
        ([{"refused": 1}, {"refused": 1}], [(FrameKind.ACK, 0, 0)] * 2),
        # One REJECT, until something is accepted.
        ([{"damaged": 1}, {"damaged": 1}], [(FrameKind.REJECT, 0, 0)]),
        ([{"refused": 1, "ahead": 1}], [(FrameKind.REJECT, 0, 0)]),
        (
            [{"damaged": 1}, {"accepted": 1, "ack": 2}, {"damaged": 1, "ack": 2}],
            [(FrameKind.REJECT, 0, 0), (FrameKind.ACK, 0, 2), (FrameKind.REJECT, 0, 2)],
        ),
        # A reset forgets what was asked, and that it was.
        (
            [{"damaged": 1}, {"restart": 1, "number": 9}, {"damaged": 1}],
            [(FrameKind.REJECT, 0, 0), (FrameKind.RESET, 9, 0), (FrameKind.REJECT, 0, 0)],
        ),
    ],
)
def test_an_answer_each_and_then_silence(simulate, heard, expected):
    choice, said = FrameChoice(), []

    async def bench(ctx):
        ctx.set(choice.request.ready, 1)
        for event in heard:
            for name, value in ({**dict.fromkeys(EVENTS, 0), **event}).items():
                ctx.set(getattr(choice, name), value)
            await say(ctx)
            for name in EVENTS:
                ctx.set(getattr(choice, name), 0)
            for _ in range(4):
                await say(ctx)

    async def say(ctx) -> None:
        *_, valid, frame = await ctx.tick().sample(choice.request.valid, choice.request.payload)
        if valid:
            said.append((frame.control.kind, frame.number, frame.ack))

    simulate(choice, bench)
    assert said == expected


@pytest.mark.parametrize("busy", [False, True])
def test_what_comes_while_the_line_is_in_use_or_held_is_answered_in_order(simulate, busy):
    """Who we are, then data; the acknowledgement goes with each of them."""
    choice, said = FrameChoice(), []

    async def bench(ctx):
        ctx.set(choice.hold, not busy)
        for event in ("restart", "refused"):
            ctx.set(getattr(choice, event), 1)
            ctx.set(choice.number, 5)
            await ctx.tick()
            ctx.set(getattr(choice, event), 0)
        ctx.set(choice.ack, 4)
        ctx.set(choice.first, 8)
        ctx.set(choice.count, 3)
        assert ctx.get(choice.request.valid) == busy
        ctx.set(choice.hold, 0)
        ctx.set(choice.request.ready, 1)
        for _ in range(6):
            *_, valid, frame, data = await ctx.tick().sample(
                choice.request.valid, choice.request.payload, choice.data
            )
            if valid:
                told = (frame.control.kind, frame.control.count, frame.number, frame.ack)
                said.append((*told, data, ctx.get(choice.greets)))
            if data:
                ctx.set(choice.count, 0)

    simulate(choice, bench)
    assert said == [
        (FrameKind.RESET, 1, 5, 4, 0, 1),
        (FrameKind.DATA, 3, 8, 4, 1, 0),
    ]


def test_a_restart_leaves_nothing_to_say_but_who_we_are(simulate):
    choice, dice = FrameChoice(), random.Random(1)

    async def bench(ctx):
        for _ in range(60):
            for name in ("refused", "damaged", "ahead"):
                ctx.set(getattr(choice, name), dice.random() < 0.5)
            await ctx.tick()
            for name in ("refused", "damaged", "ahead"):
                ctx.set(getattr(choice, name), 0)
            ctx.set(choice.restart, 1)
            await ctx.tick()
            ctx.set(choice.restart, 0)
            ctx.set(choice.request.ready, 1)
            kinds = []
            for _ in range(4):
                *_, valid, frame = await ctx.tick().sample(
                    choice.request.valid, choice.request.payload
                )
                kinds += [frame.control.kind] * valid
            ctx.set(choice.request.ready, 0)
            assert kinds == [FrameKind.RESET]

    simulate(choice, bench)
