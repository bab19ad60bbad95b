"""One mutant against the tests of its file, in a process of its own."""

import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from .hook import plant

__all__ = ["Trial", "in_process", "run_tests"]

_PRELOADED = ["pytest", "hypothesis", "numpy", "scipy.sparse", "nir", "h5py", "amaranth.sim",
              "amaranth.back.rtlil", "rich.progress"]  # fmt: skip
"""Imported once, in the process that all trials are forked from. Nothing of this project."""


@dataclass(frozen=True)
class Trial:
    """verdict: "passed", "failed", "broken" (an import or collection error) or "timeout";
    test: the first that failed; seconds: of processor time.
    """

    verdict: str
    test: str = ""
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


_TEST_SECONDS = 30
"""Of processor time, after which a test hangs; the slowest of the suites takes half of it."""


class _FirstFailure:
    """A pytest plugin that remembers what failed first. A test that hangs ends the process."""

    def __init__(self) -> None:
        self.test, self.phase = "", ""

    def pytest_runtest_logstart(self, nodeid: str, location: object) -> None:
        signal.setitimer(signal.ITIMER_PROF, _TEST_SECONDS)

    def pytest_collectreport(self, report: Any) -> None:
        self._note(report, "collect")

    def pytest_runtest_logreport(self, report: Any) -> None:
        self._note(report, report.when)

    def _note(self, report: Any, phase: str) -> None:
        if report.failed and not self.phase:
            self.test, self.phase = report.nodeid, phase


def run_tests(
    root: Path, tests: Sequence[str], limit: int, module: str = "", text: str = ""
) -> Trial:
    """pytest, to the first failure, with `module` made from `text`."""
    found = in_process(root, _pytest, (tests,), limit, module, text)
    return found or Trial("timeout", seconds=limit)


def in_process(
    root: Path, work: Callable[..., None], arguments: tuple[Any, ...], limit: int,
    module: str = "", text: str = "",
) -> Any:  # fmt: skip
    """What `work(pipe, *arguments)` sends, in a process in which `module` is made from `text`.

    limit: seconds of processor time after which it counts as hung; ten times as many by the
    clock, since others may use the processor. None when it hangs or dies.
    """
    context = get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    ours, theirs = context.Pipe(duplex=False)
    job = (theirs, root, work, arguments, limit, module, text)
    process = context.Process(target=_child, args=job)
    process.start()
    theirs.close()
    try:
        found = ours.recv() if ours.poll(10 * limit) else None
    except EOFError:  # it died at a limit
        found = None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid or 0, signal.SIGKILL)  # simulators and solvers too
        process.join()
    if isinstance(found, Exception):
        raise found
    return found


def _child(
    pipe: Connection, root: Path, work: Callable[..., None], arguments: tuple[Any, ...],
    limit: int, module: str, text: str,
) -> None:  # fmt: skip
    os.setsid()
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))
    os.chdir(root)
    sys.path.insert(0, str(root))
    sys.dont_write_bytecode = True
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    if module:
        plant(module, text)
    try:
        work(pipe, *arguments)
    except Exception as error:  # not to be taken for a mutant that was noticed
        pipe.send(RuntimeError(f"{module or 'no mutant'}: {error!r}"))


def _pytest(pipe: Connection, tests: Sequence[str]) -> None:
    import pytest

    first = _FirstFailure()
    start = time.process_time()
    code = pytest.main(["-x", "-q", "-p", "no:cacheprovider", *tests], plugins=[first])
    seconds = round(time.process_time() - start, 1)
    verdicts = {0: "passed", 1: "failed"}
    verdict = "broken" if first.phase == "collect" else verdicts.get(int(code), "broken")
    pipe.send(Trial(verdict, first.test, seconds))
