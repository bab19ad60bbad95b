"""Many mutants, some at a time; a campaign that was killed goes on where it was."""

import json
import random
import time
import tomllib
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from .equivalence import DESIGNS, is_equivalent
from .mutants import Mutant, mutated
from .trial import Trial, run_tests

__all__ = ["Campaign", "load_suites", "sample", "suite_of"]

_SLACK, _FACTOR = 20, 2
"""A trial hangs when it takes _FACTOR times what the tests take without mutant, and _SLACK s."""

Suites = dict[str, dict[str, Any]]


def load_suites() -> Suites:
    """File or folder -> "tests", the "seconds" that they take, and the "chips" by which mutants
    are shown to change nothing.
    """
    return tomllib.loads(Path(__file__).with_name("suites.toml").read_text())


def suite_of(file: str, suites: Suites) -> dict[str, Any]:
    """The entry with the longest name that the file's path begins with."""
    names = [name for name in suites if file == name or file.startswith(f"{name}/")]
    if not names:
        raise ValueError(f"no tests for {file} in tools/mutation/suites.toml")
    return suites[max(names, key=len)]


def sample(mutants: Sequence[Mutant], count: int, seed: int) -> list[Mutant]:
    """`count` of them, of every file and kind in proportion, in random order."""
    dice = random.Random(seed)
    ordered = sorted(mutants, key=lambda m: (m.file, m.kind, dice.random()))
    if count < len(ordered):
        step = len(ordered) / count
        start = dice.random() * step
        ordered = [ordered[int(start + i * step)] for i in range(count)]
    dice.shuffle(ordered)
    return ordered


@dataclass
class Campaign:
    """root: of the repository; journal: where each verdict is appended at once."""

    root: Path
    journal: Path
    suites: Suites

    def __post_init__(self) -> None:
        self._lock = Lock()
        self._killers: dict[str, list[str]] = defaultdict(list)
        self.done = self._read()

    def _read(self) -> dict[str, dict[str, Any]]:
        """Verdicts of an earlier run by the mutant's key. Its last line may be torn: ignored."""
        found = {}
        lines = self.journal.read_text().splitlines() if self.journal.exists() else []
        for line in lines:
            try:
                row = json.loads(line)
            except json.JSONDecodeError:
                continue
            found[row["key"]] = row
        return found

    def run(
        self, mutants: Sequence[Mutant], jobs: int, minutes: float,
        progress: Callable[[dict[str, Any]], None],
    ) -> list[dict[str, Any]]:  # fmt: skip
        """Rows of the report, in the order of `mutants`: of those that were judged before
        `minutes` were over. The order is random, so they are a sample too.
        """
        end = time.monotonic() + 60 * minutes
        left = [m for m in mutants if m.key not in self.done]
        for mutant in mutants:
            if mutant.key in self.done:
                progress(self.done[mutant.key])

        def judge(mutant: Mutant) -> None:
            if time.monotonic() < end:
                progress(self._judge(mutant))

        with ThreadPoolExecutor(jobs) as pool:
            list(pool.map(judge, left))
        judged = [m for m in mutants if m.key in self.done]
        for tests in {tuple(suite_of(m.file, self.suites)["tests"]) for m in judged}:
            self._check_unchanged(tests)
        return [self.done[m.key] for m in judged]

    def _check_unchanged(self, tests: tuple[str, ...]) -> None:
        """Tests that fail without any mutant would kill every one."""
        trial = run_tests(self.root, tests, 1200)
        if trial.verdict != "passed":
            raise RuntimeError(f"without any mutant: {trial.verdict} {trial.test} of {tests}")

    def _judge(self, mutant: Mutant) -> dict[str, Any]:
        suite = suite_of(mutant.file, self.suites)
        tests = tuple(suite["tests"])
        text = mutated((self.root / mutant.file).read_text(), mutant)
        # What killed others of this file first: most mutants die in one test.
        order = [*self._killers[mutant.file][-3:][::-1], *tests]
        limit = _FACTOR * suite["seconds"] + _SLACK
        trial = run_tests(self.root, order, limit, mutant.module, text)
        if trial.verdict == "passed" and "chips" in suite:
            chips = tuple(chip for name in suite["chips"] for chip in DESIGNS[name])
            if is_equivalent(self.root, chips, mutant.module, text):
                trial = Trial("equivalent", seconds=trial.seconds)
        return self._note(mutant, trial)

    def _note(self, mutant: Mutant, trial: Trial) -> dict[str, Any]:
        row = {"key": mutant.key} | asdict(mutant) | trial.to_json()
        with self._lock:
            self.done[mutant.key] = row
            killers = self._killers[mutant.file]
            if trial.verdict == "failed":
                if trial.test in killers:
                    killers.remove(trial.test)
                killers.append(trial.test)
            with self.journal.open("a") as file:
                file.write(json.dumps(row) + "\n")
        return row
