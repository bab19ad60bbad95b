"""UARTs: clocks that are apart, glitches, lines without stop bits."""

import pytest

from rtl.link.pulse import Pulse
from rtl.link.uart_receiver import UartReceiver
from rtl.link.uart_sender import UartSender

from .conftest import source

BYTES = [0x00, 0xFF, 0x55, 0xAA, 0x7E, 0x01, 0x80, 0xC3]


def levels(data: list[int], period: float, stop: int = 1) -> list[int]:
    """The line, cycle by cycle, from a sender whose bits last `period` cycles."""
    bits = [b for byte in data for b in (0, *(byte >> i & 1 for i in range(8)), stop)]
    found, over = [1] * 5, 0.0
    for bit in bits:
        over += period
        found += [bit] * (round(over) - (len(found) - 5))
    return found + [1] * round(3 * period)


def listener(line: list[int], found: list[int], errors: list[int], receiver: UartReceiver):
    async def bench(ctx):
        for level in line:
            ctx.set(receiver.rx, level)
            *_, valid, byte, error = await ctx.tick().sample(
                receiver.valid, receiver.byte, receiver.error
            )
            found.extend([byte] * valid)
            errors.extend([1] * error)

    return bench


def heard(simulate, divisor: int, line: list[int]) -> tuple[list[int], int]:
    """(bytes, frames without stop bit)"""
    found, errors = [], []
    receiver = UartReceiver(divisor)
    simulate(receiver, listener(line, found, errors, receiver))
    return found, len(errors)


@pytest.mark.parametrize("divisor", [4, 5, 8, 25])
def test_a_sender_is_heard(simulate, divisor):
    sender, line = UartSender(divisor), []

    async def watch(ctx):
        while True:
            *_, level = await ctx.tick().sample(sender.tx)
            line.append(level)

    async def rest(ctx):
        await ctx.tick().repeat(10 * divisor * (len(BYTES) + 2))

    simulate(sender, source(sender.i, BYTES, 0.0, 1), rest, background=[watch])
    assert heard(simulate, divisor, line) == (BYTES, 0)
    # No pause between bytes: all bits of all frames, one after the other.
    start = line.index(0)
    sent = levels(BYTES, divisor)[5 : 5 + 10 * divisor * len(BYTES)]
    assert line[start : start + len(sent)] == sent


@pytest.mark.parametrize("apart", [-0.04, 0.04])
@pytest.mark.parametrize("divisor", [8, 25])
def test_clocks_that_are_apart(simulate, divisor, apart):
    line = levels(BYTES, divisor * (1 + apart))
    assert heard(simulate, divisor, line) == (BYTES, 0)


def test_glitches(simulate):
    """Of one cycle in every bit, at any place: at most one of three samples is wrong."""
    line = []
    for place in range(24):
        part = levels([0x4B], 24)
        part[5 + place :: 24] = [1 - level for level in part[5 + place :: 24]]
        line += part
    assert heard(simulate, 24, line) == ([0x4B] * 24, 0)


def test_a_line_that_breaks(simulate):
    """A frame without stop bit is dropped, and so is all until the line was high again."""
    line = levels([0x12], 8, stop=0)[: 5 + 80] + [0] * 200 + [1] * 20 + levels([0x34, 0x56], 8)
    assert heard(simulate, 8, line) == ([0x34, 0x56], 1)


def test_a_bit_is_never_too_short():
    with pytest.raises(ValueError, match="at least 4"):
        UartReceiver(3)


def test_a_lamp_stays_on(simulate):
    pulse = Pulse(4)

    async def bench(ctx):
        ctx.set(pulse.event, 1)
        await ctx.tick()
        ctx.set(pulse.event, 0)
        seen = []
        for _ in range(40):
            *_, lamp = await ctx.tick().sample(pulse.lamp)
            seen.append(lamp)
        assert seen == [0] + [1] * 15 + [0] * 24

    simulate(pulse, bench)
