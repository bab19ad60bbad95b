"""Where the files of a data set come from: a given folder, the user's cache, a mirror."""

import hashlib
import os
from pathlib import Path

import pooch

from mapper.errors import InputError

__all__ = ["VARIABLE", "check_md5", "damaged", "find_file"]

VARIABLE = "SPIKELOOM_DATA"
"""Environment variable: the folder that holds one folder per data set."""


def find_file(
    folder: str, name: str, mirrors: tuple[str, ...], others: tuple[str, ...] = ()
) -> Path:
    """Path of file `name` of the data set in `folder`; downloaded when there is no copy.

    others: names, also of folders, of other forms of the same data, which do as well

    With SPIKELOOM_DATA set only that folder counts: a user who names a folder wants no download.
    Raises InputError when the file is not there or no mirror delivers it. The content is not
    verified here.
    """
    root = os.environ.get(VARIABLE)
    cache = Path(pooch.os_cache("spikeloom")) / folder
    place = Path(root) / folder if root else cache
    for path in (place / form for form in (name, *others)):
        if path.exists():
            return path
    if root:
        wanted = " or ".join(f"{folder}/{form}" for form in (name, *others))
        raise InputError(
            f"{place / name}: no such file; {VARIABLE} must name a folder that holds {wanted} "
            "(unset it to download)"
        )
    return _download(folder, name, mirrors, cache)


def check_md5(content: bytes, expected: str, path: Path) -> None:
    """Raise InputError unless `content`, which comes from `path`, is what it must be."""
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if digest != expected:
        raise damaged(path, f"md5 of the content is {digest}, expected {expected}")


def damaged(path: Path, what: str) -> InputError:
    """The error for a file that is there but of no use."""
    return InputError(
        f"{path}: truncated, corrupt or another file: {what}; delete it to download it again, or "
        f"set {VARIABLE} to a folder with a good copy"
    )


def _download(folder: str, name: str, mirrors: tuple[str, ...], cache: Path) -> Path:
    pooch.get_logger().setLevel("WARNING")
    reason = "there is no mirror"
    for mirror in mirrors:
        try:
            # No hash here: mirrors may compress differently; the caller verifies the content.
            return Path(pooch.retrieve(f"{mirror}/{name}", known_hash=None, fname=name, path=cache))
        except (OSError, ValueError) as error:  # the client's network errors are OSErrors
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    raise InputError(
        f"cannot download {folder}/{name} ({reason}); set {VARIABLE} to a folder that holds it, "
        f"or put it into {cache}"
    )
