"""Finished shards of a run that has not ended: what an interrupted run goes on from.

A folder beside the run's output: `run.json`, the facts that the results depend on, and a file per
finished shard, each of which appears whole. It belongs to one run at a time and goes when the
output is there.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from mapper.errors import InputError
from mapper.files import atomic_file, read_json, write_json
from mapper.lock import locked
from mapper.npz import Arrays, read_arrays

from .shards import Shard

__all__ = ["Partial", "open_partial", "partial_folder", "source_sha256"]

_FACTS = "run.json"
_MAX_BYTES = 1 << 28
_PACKAGES = ("mapper", "rtl", "cosim")


def partial_folder(output: Path) -> Path:
    """Where the shards of a run with this output lie."""
    return output.parent / f"{output.name}.partial"


def source_sha256() -> str:
    """Hash of the code that decides what a run yields: other code must not end a begun run."""
    root, digest = Path(__file__).parent.parent, hashlib.sha256()
    for package in _PACKAGES:
        for file in sorted((root / package).rglob("*")):
            if file.suffix in (".py", ".cpp"):
                digest.update(f"{file.relative_to(root)}\0".encode() + file.read_bytes())
    return digest.hexdigest()


class Partial:
    """The finished shards. Their arrays are the caller's matter."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _file(self, shard: Shard) -> Path:
        return self.folder / f"shard-{shard.first}-{shard.count}.npz"

    def store(self, shard: Shard, arrays: Arrays) -> None:
        """Keep the result of a shard."""
        with atomic_file(self._file(shard)) as temporary, temporary.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)

    def load(self, shard: Shard) -> Arrays | None:
        """The result of a shard, None when it is missing or damaged: it is done again then."""
        try:
            return read_arrays(self._file(shard), _MAX_BYTES)
        except Exception:  # numpy and zipfile raise whatever damaged bytes lead them to
            return None


@contextmanager
def open_partial(
    output: Path, facts: dict[str, Any], note: Callable[[str], None]
) -> Iterator[Partial]:
    """The finished shards of an earlier, interrupted run of the same facts, or none.

    The folder goes when the block succeeds. Shards of a run of other facts are removed; `note` is
    told which facts. Raises InputError when another process works there or the folder holds
    other things.
    """
    folder = partial_folder(output)
    _check_ours(folder)
    with locked(folder, (_FACTS,), "is working on this run"):
        _claim(folder, json.loads(json.dumps(facts)), note)
        try:
            yield Partial(folder)
        except BaseException:
            if not any(folder.glob("shard-*")):  # nothing to go on from
                shutil.rmtree(folder)
            raise
        shutil.rmtree(folder)


def _check_ours(folder: Path) -> None:
    """InputError when it is there and something else."""
    names = [file.name for file in folder.iterdir()] if folder.is_dir() else []
    if not all(name.lstrip(".").startswith(("lock", _FACTS, "shard-")) for name in names):
        raise InputError(f"folder {folder} holds other files; remove it or choose another output")


def _claim(folder: Path, facts: dict[str, Any], note: Callable[[str], None]) -> None:
    """Make it the folder of a run of these facts."""
    found = read_json(folder / _FACTS, "facts of a run") if (folder / _FACTS).exists() else facts
    differ = [name for name in sorted({*facts} | {*found}) if facts.get(name) != found.get(name)]
    if differ:
        note(f"{folder} holds shards of a run with other {', '.join(differ)}: starting over")
    for file in folder.glob("shard-*") if differ else folder.glob(".shard-*"):
        file.unlink()
    write_json(folder / _FACTS, facts)
