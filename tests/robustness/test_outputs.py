"""A full disk: exit code 2, one line, and nothing half-written; what was there stays."""

import resource
from contextlib import contextmanager

import pytest

from .conftest import everything

# Not `verilog`: the Yosys in it needs large files of its own, in memory, that the limit forbids.
COMMANDS = (
    "map small.nir -o x --core tiny", "map small.nir -o chip --core tiny", "export run -o x.nir",
    "export run -o small.nir"
)  # fmt: skip


@contextmanager
def small_disk(most: int):
    """No file can grow beyond so many bytes."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("most", [0, 100, 1500])
@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_is_half_written(command, most, copied, spikeloom):
    before = everything(copied)
    with small_disk(most):
        code, _, err = spikeloom(*command.split())
    assert code == 2 and err.splitlines()[-1].startswith("spikeloom: "), err
    assert "Traceback" not in err
    assert everything(copied) == before
