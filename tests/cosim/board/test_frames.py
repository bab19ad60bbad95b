"""Frames as bytes: what is sent is found again, and nothing else is taken for a frame."""

import random

import pytest
from amaranth.lib import crc
from hypothesis import given
from hypothesis import strategies as st

from cosim.board.frames import Frame, FrameParser, encode
from mapper.frames import ESCAPE, FLAG, FRAME_PACKETS, FrameKind

special = st.sampled_from([FLAG, ESCAPE, FLAG ^ 0x20, ESCAPE ^ 0x20, 0, 255])
byte = st.one_of(special, st.integers(0, 255))
packets = st.integers(0, FRAME_PACKETS).flatmap(
    lambda n: st.lists(byte, min_size=8 * n, max_size=8 * n).map(bytes)
)
frames = st.builds(Frame, st.sampled_from(FrameKind), byte, byte, packets)


@given(st.lists(frames, max_size=5), st.binary(max_size=9), st.integers(1, 40))
def test_frames_are_found_in_pieces_of_any_length(sent, before, piece):
    """Noise before the first FLAG is at most one damaged frame."""
    data, parser, found = before + b"".join(map(encode, sent)), FrameParser(), []
    for start in range(0, len(data), piece):
        found += parser.feed(data[start : start + piece])
    assert [f for f in found if f is not None][-len(sent) :] == sent[-len(found) :]
    assert len([f for f in found if f is None]) <= 1 + before.count(FLAG)


@given(frames)
def test_flags_are_at_both_ends_only(frame):
    data = encode(frame)
    assert data.count(FLAG) == 2 and data[0] == data[-1] == FLAG


@given(frames, st.data())
def test_one_damaged_byte_is_always_noticed(frame, data):
    """A burst of up to 16 bits never escapes the CRC, a FLAG more or less not the length."""
    sent = bytearray(encode(frame))
    place = data.draw(st.integers(1, len(sent) - 2))
    sent[place] ^= data.draw(st.integers(1, 255))
    assert [f for f in FrameParser().feed(bytes(sent)) if f is not None] == []


@given(frames, st.data())
def test_a_lost_byte_is_always_noticed(frame, data):
    sent = bytearray(encode(frame))
    place = data.draw(st.integers(1, len(sent) - 2))
    del sent[place]
    assert [f for f in FrameParser().feed(bytes(sent)) if f is not None] == []


@pytest.mark.parametrize(("count", "packets"), [(0, 1), (1, 0), (2, 1), (1, 2), (17, 17), (31, 31)])
def test_a_right_sum_is_not_enough(count, packets):
    """The length must be the one that is told."""
    body = bytes([count, 3, 4]) + bytes(8 * packets)
    body += crc.catalog.CRC16_IBM_3740(data_width=8).compute(body).to_bytes(2, "big")
    assert b"~" not in body and b"}" not in body
    assert [*FrameParser().feed(b"~" + body + b"~")] == [None]


def test_noise_without_end_needs_no_memory():
    parser = FrameParser()
    for _ in range(300):
        assert not [*parser.feed(bytes(1000))]
    assert len(parser._rest) < 2000
    assert [*parser.feed(encode(Frame(FrameKind.ACK, 0, 7)))] == [None, Frame(FrameKind.ACK, 0, 7)]


def test_the_sum_is_that_of_the_catalogue():
    """The hardware takes it from there."""
    dice = random.Random(1)
    for length in (0, 8, 16):
        data = encode(
            Frame(FrameKind.DATA, 1, 2, bytes(dice.randrange(0x40) for _ in range(length)))
        )
        body = data[1:-1]
        algorithm = crc.catalog.CRC16_IBM_3740(data_width=8)
        assert algorithm.compute(body[:-2]) == int.from_bytes(body[-2:], "big")
