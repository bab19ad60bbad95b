"""What a case of the corpus is, and damage that a file of any kind can take."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["DAMAGES", "Case", "Damage", "put"]

Damage = Callable[[], None]


def _nothing() -> None:
    pass


@dataclass(frozen=True)
class Case:
    """A command line that must be refused.

    command: run in a folder that holds everything of `good.make_good`
    message: a regular expression found in the one line of the answer: what is wrong, and where
    damage:  done to that folder first
    """

    command: str
    message: str
    damage: Damage = _nothing


def clear(path: str) -> Path:
    """Nothing is there any more, whatever it was."""
    place = Path(path)
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)
    return place


def put(path: str, content: bytes) -> Damage:
    """Other bytes."""
    return lambda: clear(path).write_bytes(content) and None


def _cut(path: str, share: float) -> None:
    """At least two bytes are lost: one may be a harmless end of line."""
    content = Path(path).read_bytes()
    Path(path).write_bytes(content[: int(share * (len(content) - 2))])


def _sparse(path: str) -> None:
    """2^40 zeros that take no place."""
    with clear(path).open("wb") as file:
        file.truncate(1 << 40)


DAMAGES: dict[str, Callable[[str], object]] = {
    "missing": clear,
    "empty": lambda path: clear(path).write_bytes(b""),
    "first tenth": lambda path: _cut(path, 0.1),
    "first half": lambda path: _cut(path, 0.5),
    "last bytes lost": lambda path: _cut(path, 1),
    "text": lambda path: clear(path).write_bytes(b"not what you wanted\n"),
    "zeros": lambda path: clear(path).write_bytes(bytes(5000)),
    "a pickle": lambda path: clear(path).write_bytes(b"\x80\x04}\x94\x8c\x01a\x94K\x01s."),
    "not UTF-8": lambda path: clear(path).write_bytes(b"\xff\xfe{\x00}\x00"),
    "a folder": lambda path: clear(path).mkdir(),
    "a pipe": lambda path: os.mkfifo(clear(path)),
    "a device": lambda path: clear(path).symlink_to("/dev/zero"),
    "a link to itself": lambda path: clear(path).symlink_to(Path(path).name),
    "a terabyte": _sparse,
}
"""By name: a function of the file's path."""
