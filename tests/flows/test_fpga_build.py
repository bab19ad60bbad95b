"""The smallest chip all the way to a bitstream, with the real tools, compared with its record."""

import json

from click.testing import CliRunner

from benchmarks.fpga_table import DESIGNS
from flows.commands.fpga import fpga

BITSTREAM_BEGINS = bytes.fromhex("7eaa997e")  # of an iCE40
UP5K_BYTES = 104_090


def test_a_bitstream_is_as_good_as_recorded(tmp_path):
    """Cells, memories and clock: a regression of the RTL or the flow fails here."""
    arguments = [*DESIGNS["smallest"][1].split(), "--tools", "pip", "-o", str(tmp_path / "board")]
    found = CliRunner().invoke(fpga, [*arguments, "--json"])
    assert found.exit_code == 0, found.output
    report = json.loads(found.stdout)
    assert report["worse"] == [], report
    assert report["timing_met"]
    assert report == json.loads((tmp_path / "board" / "fpga.json").read_text())
    bits = (tmp_path / "board" / report["bitstream"]).read_bytes()
    assert BITSTREAM_BEGINS in bits[:64] and len(bits) > UP5K_BYTES // 2
