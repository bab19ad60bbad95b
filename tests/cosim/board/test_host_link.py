"""The host's end of the link, against a board in Python, over lines of every kind."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.board.link import HostLink
from cosim.board.noise import Noise
from mapper.errors import InputError
from mapper.frames import DESIGN

from .double import BoardDouble

WINDOW = 32
WORD = int(DESIGN.pack(window=WINDOW, version=1, digest=0x7D7E0102))
STEP = 0.01


def packets(count: int, seed: int) -> bytes:
    dice = random.Random(seed)
    return bytes(dice.choice((0x7E, 0x7D, dice.randrange(256))) for _ in range(8 * count))


def run(down: bytes, up: bytes, noise: float, seed: int, late: int, steps: int = 20_000):
    """Both ends until everything has arrived. late: steps that bytes are on their way"""
    host, board = HostLink(0.2, nonce=seed), BoardDouble(WORD, 0.2, up)
    there, back = Noise(noise, seed), Noise(noise, seed + 1)
    ways: tuple[list[bytes], list[bytes]] = ([b""] * late, [b""] * late)
    received = bytearray()
    host.send(down)
    for step in range(steps):
        now = step * STEP
        ways[0].append(there.hit(host.poll(now)))
        ways[1].append(back.hit(board.talk(ways[0].pop(0), now)))
        host.receive(ways[1].pop(0), now)
        received += host.take()
        if bytes(received) == up and board.came == down and not host.unacknowledged:
            return host, board, there.hits + back.hits
    raise AssertionError(f"{len(board.came)} of {len(down)}, {len(received)} of {len(up)} bytes")


@settings(max_examples=25)
@given(
    st.integers(0, 300), st.integers(1, 300), st.sampled_from([0, 0.001, 0.01, 0.03]),
    st.integers(0, 200), st.integers(0, 12),
)  # fmt: skip
def test_everything_arrives_once_in_order(down, up, noise, seed, late):
    """On a line that damages, loses and invents bytes, at any distance."""
    host, board, hits = run(packets(down, seed), packets(up, seed + 1), noise, seed, late)
    seen = host.statistics
    print(seed, hits, seen)
    assert (seen.packets_sent, seen.packets_received) == (down, up)
    assert host.design == WORD
    if not noise and late < 9:
        assert (seen.packets_resent, seen.damaged, seen.timeouts, board.resets) == (0, 0, 0, 1)


def test_a_silent_line_is_asked_again_with_pauses():
    host = HostLink(0.5)
    tries = [step * STEP for step in range(4000) if host.poll(step * STEP)]
    assert tries == pytest.approx([0, 0.5, 1.5, 3.5, 7.5, 15.5, 23.5, 31.5, 39.5], abs=0.02)
    assert host.design is None and host.statistics.frames_sent == len(tries)


def test_the_answer_to_an_earlier_reset_is_none():
    """It could come from before the reset that is still on its way."""
    host, board = HostLink(0.5), BoardDouble(WORD, 0.2)
    first = host.poll(0.0)
    late = board.talk(first, 0.0)
    second = host.poll(1.0)
    assert second and second != first
    host.receive(late, 1.0)
    assert host.design is None
    host.receive(board.talk(second, 1.0), 1.0)
    assert host.design == WORD and board.resets == 2


def test_no_more_than_the_window_is_on_its_way():
    host, board = HostLink(0.5), BoardDouble(WORD, 0.2)
    host.receive(board.talk(host.poll(0.0), 0.0), 0.0)
    host.send(packets(200, 1))
    sent = host.poll(0.0)
    assert host.poll(0.0) == b""
    board.talk(sent, 0.0)
    assert len(board.came) == 8 * WINDOW


def test_pauses_between_tries_grow():
    """So that a slow line is not filled with copies."""
    host, board = HostLink(0.5), BoardDouble(WORD, 0.2)
    host.receive(board.talk(host.poll(0.0), 0.0), 0.0)
    host.send(packets(1, 1))
    tries = [step * STEP for step in range(5000) if host.poll(step * STEP)]
    pauses = [b - a for a, b in zip(tries, tries[1:], strict=False)]
    assert pauses[:4] == pytest.approx([0.5, 1.0, 2.0, 4.0], abs=0.02)
    assert max(pauses) < 9 and host.statistics.timeouts == len(tries) - 1


@pytest.mark.parametrize("noise", [-0.1, 1.0, float("nan")])
def test_noise_is_a_probability(noise):
    with pytest.raises(InputError, match="probability per byte"):
        Noise(noise)
