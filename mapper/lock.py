"""One process at a time in a folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import InputError

__all__ = ["locked"]


@contextmanager
def locked(folder: Path, files: tuple[str, ...], busy: str) -> Iterator[None]:
    """Create `folder` and hold it for the block; the system lets go when the process dies.

    Removes what a killed holder left half-written of `files` in it. Raises InputError when
    another process holds the folder ("FOLDER: another process " and `busy`) or it cannot be
    written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = (folder / ".lock").open("w")
    except OSError as error:
        raise InputError(f"cannot write folder {folder}: {error.strerror}") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InputError(f"{folder}: another process {busy}") from error
        for name in files:
            for leftover in folder.glob(f".{name}.*"):  # named by `mapper.files.atomic_file`
                leftover.unlink()
        yield
