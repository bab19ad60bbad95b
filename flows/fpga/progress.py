"""What a tool is at, beside a spinner."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..output import step

__all__ = ["tool_progress"]

_TOLD = re.compile(r"Executing (.*?) pass|Info: ([A-Z].*?)(\.\.|$)")


@contextmanager
def tool_progress(description: str) -> Iterator[Callable[[str], None]]:
    """A spinner; yields what is told each line of Yosys or nextpnr."""
    with step(description) as tell:

        def heard(line: str) -> None:
            if found := _TOLD.search(line):
                tell((found[1] or found[2])[:60])

        yield heard
