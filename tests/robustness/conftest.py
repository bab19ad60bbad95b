"""Bad input: exit code 2, one line on standard error, nothing on standard output or disk."""

import resource
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .good import make_good

_ROOM = 1 << 30
"""Bytes of address space that a refusal may take beside what the process has already."""
_SECONDS = 60
"""Until which it must have come, also on a busy machine."""


@pytest.fixture(scope="session")
def good(tmp_path_factory) -> Path:
    """The folder of `make_good`; to be copied, not changed."""
    folder = tmp_path_factory.mktemp("good")
    make_good(folder)
    return folder


@pytest.fixture
def copied(good, tmp_path) -> Path:
    """A folder that holds the same."""
    shutil.copytree(good, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def refused(spikeloom, tmp_path):
    """A function: run a command that must refuse; its message."""

    def run(*arguments) -> str:
        before = everything(tmp_path)
        with bounded():
            code, out, err = spikeloom(*arguments)
        assert code == 2 and out == "", (code, out, err)
        assert err.startswith("spikeloom: ") and err.endswith("\n") and err.count("\n") == 1, err
        assert "Error:" not in err and len(err) < 1000, err
        assert everything(tmp_path) == before
        return err

    return run


def everything(folder: Path) -> list[tuple[str, int]]:
    """What is there and when it was changed; locks do not count."""
    return sorted(
        (str(path.relative_to(folder)), path.lstat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.name != ".lock"
    )


@contextmanager
def bounded() -> Iterator[None]:
    """Within this block little memory and time can be had."""

    def late(*_: object) -> None:
        raise AssertionError(f"no answer within {_SECONDS} seconds")

    limits = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + _ROOM, limits[1]))
    previous = signal.signal(signal.SIGALRM, late)
    signal.alarm(_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)
        resource.setrlimit(resource.RLIMIT_AS, limits)
