"""Outputs that appear whole or not at all."""

import json
import os
import shutil
import stat
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .errors import InputError

__all__ = [
    "atomic_directory",
    "atomic_file",
    "check_directory",
    "check_file",
    "read_json",
    "write_json",
]

_MAX_JSON = 1 << 26  # the record of 10,000 images takes 1 MB


def _parent(path: Path) -> Path:
    """Create and return the folder that will hold `path`; InputError when that is impossible."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot create folder {path.parent}: {error.strerror}") from error
    return path.parent


def _destination(path: str | Path) -> Path:
    """The place itself: a symbolic link is written through, not replaced."""
    place = Path(os.path.realpath(path))
    try:
        place.exists()
    except OSError as error:  # a name too long, a folder that may not be searched
        raise InputError(f"cannot write {path}: {error.strerror}") from error
    return place


@contextmanager
def atomic_file(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` when the block succeeds.

    Raises InputError when the folder cannot be written.
    """
    path = _destination(path)
    if path.exists() and not path.is_file():
        raise InputError(f"cannot write {path}: it exists and is not a file")
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=_parent(path))
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        try:
            temporary.replace(path)
        except OSError as error:
            raise InputError(f"cannot write {path}: {error.strerror}") from error
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def atomic_directory(path: str | Path, optional: Collection[str] = ()) -> Iterator[Path]:
    """Yield a temporary folder; when the block succeeds it replaces `path` as a whole.

    An existing `path` is replaced only if it is a folder that an earlier run made (it holds the
    same marker files as the new one) or is empty, so a mistyped `-o` never deletes other data.
    optional: names that an output of this kind may hold, whether or not the new one does.
    Raises InputError when the folder cannot be written or holds something else.
    """
    path = _destination(path)
    temporary = _temporary_directory(path)
    try:
        yield temporary
        temporary.chmod(0o755)
        try:
            _replace_directory(temporary, path, optional)
        except OSError as error:
            raise InputError(f"cannot write folder {path}: {error.strerror}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _temporary_directory(path: Path) -> Path:
    if path.exists() and not path.is_dir():
        raise InputError(f"cannot write folder {path}: a file of that name exists")
    if Path.cwd().is_relative_to(path):
        raise InputError(f"cannot replace {path}, the folder you are in; choose another")
    try:
        return Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=_parent(path)))
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from error


def check_directory(path: str | Path, marker: str) -> None:
    """Raise InputError now if `atomic_directory` would refuse `path` after hours of work.

    marker: a file that every earlier output of the same kind holds.
    """
    path = _destination(path)
    _temporary_directory(path).rmdir()
    try:
        foreign = path.exists() and any(path.iterdir()) and not (path / marker).exists()
    except OSError as error:
        raise InputError(f"cannot read folder {path}: {error.strerror}") from error
    if foreign:
        raise InputError(f"folder {path} holds other files; choose a new folder or empty this one")


def _replace_directory(new: Path, path: Path, optional: Collection[str]) -> None:
    """Move the old folder aside, so that the new one takes its place in one step."""
    if not path.exists():
        new.replace(path)
        return
    known = {*optional} | {p.name for p in new.iterdir()}
    foreign = {p.name for p in path.iterdir()} - known
    if foreign:
        raise InputError(
            f"folder {path} holds other files ({sorted(foreign)[0]}, ...); "
            "choose a new folder or empty this one"
        )
    aside = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        path.replace(aside)
    except OSError:
        aside.rmdir()
        raise
    try:
        new.replace(path)
    except OSError:
        aside.replace(path)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def write_json(path: str | Path, value: Any) -> None:
    """Write `value` as stable, readable JSON (sorted keys), atomically."""
    with atomic_file(path) as temporary:
        temporary.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n")


def check_file(path: str | Path, what: str, most: int) -> None:
    """InputError unless `path` is a file of at most `most` bytes: a pipe would be waited for
    forever, a device has no end, and neither has its place in memory.

    what: the file should have been, as in "a Network"
    """
    try:
        found = Path(path).stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(f"{path}: no such file (expected {what})") from error
    except OSError as error:
        raise InputError(f"{path}: cannot read: {error.strerror}") from error
    if not stat.S_ISREG(found.st_mode):
        raise InputError(f"{path}: not a file (expected {what})")
    if found.st_size > most:
        raise InputError(f"{path}: too large for {what}: {found.st_size} bytes, at most {most}")


def read_json(path: str | Path, what: str) -> dict[str, Any]:
    """Read a JSON object; InputError names `what` the file should have been."""
    path = Path(path)
    check_file(path, what, _MAX_JSON)
    try:
        text = path.read_text(encoding="utf-8")
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)
    except (OSError, ValueError, RecursionError) as error:  # not UTF-8, not JSON, huge numbers
        raise InputError(f"{path}: not readable as {what}: {error}") from error
    if not isinstance(value, dict):
        raise InputError(f"{path}: not {what}: expected a JSON object")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these pairs; readers differ in which of two equal keys they believe."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for i, (key, _) in enumerate(pairs) if key in dict(pairs[:i]))
        raise ValueError(f"key {twice!r} is there twice")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a number of JSON")
