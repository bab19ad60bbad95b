"""The command line as a function."""

import sys
from collections import namedtuple

import pytest

from flows.cli import main
from mapper.nir_io import write_network

Result = namedtuple("Result", "code out err")


@pytest.fixture
def spikeloom(tmp_path, monkeypatch, capsys):
    """A function: run a command in an empty folder; its exit code, output and error text."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["spikeloom", *map(str, arguments)])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return run


@pytest.fixture
def small_nir(tmp_path, make_network):
    """A network for digits that fits a tiny core, as a file."""
    network = make_network(1, levels=[[9], [10]], inputs=64, formats=["ternary"], recurrent=0,
                           ticks=1, output="readout")  # fmt: skip
    write_network(network, tmp_path / "small.nir")
    return tmp_path / "small.nir"
