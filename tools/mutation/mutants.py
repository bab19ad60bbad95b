"""A mutant: one expression of one file replaced by another."""

import difflib
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .rules import changes

__all__ = ["Mutant", "find_mutants", "mutated"]


@dataclass(frozen=True)
class Mutant:
    """`old`, at characters start..end of `file`, becomes `new`.

    file: below the root of the repository; kind: one of `rules.KINDS`; line: the first is 1.
    """

    file: str
    kind: str
    line: int
    start: int
    end: int
    old: str
    new: str

    @property
    def key(self) -> str:
        """Names the mutant as long as its file stays as it is."""
        facts = f"{self.file}:{self.start}:{self.old}>{self.new}"
        return hashlib.sha256(facts.encode()).hexdigest()[:12]

    @property
    def module(self) -> str:
        """The Python module of the file."""
        return self.file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def diff(self, source: str) -> str:
        """The lines that differ, in unified form, without context."""
        lines = difflib.unified_diff(
            source.splitlines(), mutated(source, self).splitlines(), lineterm="", n=0
        )
        return "\n".join(list(lines)[3:])


def mutated(source: str, mutant: Mutant) -> str:
    """The text of the file with the mutant in it."""
    assert source[mutant.start : mutant.end] == mutant.old, f"{mutant.file} has changed"
    return source[: mutant.start] + mutant.new + source[mutant.end :]


def find_mutants(root: Path, parts: Iterable[str]) -> list[Mutant]:
    """Every mutant of the Python files in `parts`, files or folders below `root`, in order."""
    found = []
    for part in parts:
        path = root / part
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            found += _of_file(file.relative_to(root).as_posix(), file.read_text())
    return found


def _of_file(name: str, source: str) -> list[Mutant]:
    found = {}
    for c in changes(source):
        old = source[c.start : c.end]
        line = source.count("\n", 0, c.start) + 1
        # Two rules may come to the same text: the first names it.
        found.setdefault((c.start, c.end, c.new), Mutant(name, c.kind, line, *c[1:3], old, c.new))
    return [found[place] for place in sorted(found) if found[place].new != found[place].old]
