"""docs/host.md says what the link does."""

import dataclasses
import re

import pytest

from cosim.board.frames import Frame, encode
from cosim.board.go_back import LinkStatistics
from mapper import frames
from mapper.crossbar.layout import Region, Register, config_address
from mapper.frames import CONTROL, DESIGN, FABRIC_CODES, FrameKind
from mapper.packets import PACKET, Kind, Space
from tests.test_docs import ROOT, bits, names, table

PAGE = "docs/host.md"


@pytest.mark.parametrize("layout", [CONTROL, DESIGN], ids=["CONTROL", "DESIGN"])
def test_layouts(layout):
    found = table(PAGE, f"layout: mapper.frames.{layout.name.upper()}")
    assert [[row[0], *names(row[1:2])] for row in found] == [
        [bits(layout, field, width), field] for field, width in layout.fields
    ]


def test_kinds():
    found = table(PAGE, "enum: mapper.frames.FrameKind")
    assert [[row[0], *names(row[1:2])] for row in found] == [
        [str(int(kind)), kind.name] for kind in FrameKind
    ]


def test_codes():
    meanings = {row[1].strip("`"): row[2] for row in table(PAGE, "layout: mapper.frames.DESIGN")}
    codes = ", ".join(f"{code} {name}" for name, code in FABRIC_CODES.items())
    assert meanings["fabric"] == codes
    assert meanings["version"] == f"of the link: {frames.VERSION}"


def test_statistics():
    found = [name for row in table(PAGE, "keys: cosim.board.go_back.LinkStatistics")
             for name in names(row[:1])]  # fmt: skip
    assert {*found} == {field.name for field in dataclasses.fields(LinkStatistics)}


def test_the_bytes_of_a_frame():
    address = config_address(Region.REGISTER, Register.COLUMNS)
    word = PACKET.pack(kind=Kind.WRITE, space=Space.CONFIG, address=address, data=1)
    sent = encode(Frame(FrameKind.DATA, 5, 9, int(word).to_bytes(8, "little")))
    text = (ROOT / PAGE).read_text()
    shown = re.search(r"<!-- bytes -->\n```text\n(.*)\n```", text)
    assert shown is not None and shown[1] == sent.hex(" ")
