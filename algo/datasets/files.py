"""Where the files of a data set come from: a given folder, the user's cache, a mirror."""

import os
from pathlib import Path

import pooch

from mapper.errors import InputError

__all__ = ["VARIABLE", "find_file"]

VARIABLE = "SPIKELOOM_DATA"
"""Environment variable: the folder that holds one folder per data set."""


def find_file(folder: str, name: str, mirrors: tuple[str, ...]) -> Path:
    """Path of file `name` of the data set in `folder`; downloaded when there is no copy.

    With SPIKELOOM_DATA set only that folder counts: a user who names a folder wants no download.
    Raises InputError when the file is not there or no mirror delivers it. The content is not
    verified here.
    """
    root = os.environ.get(VARIABLE)
    if root:
        path = Path(root) / folder / name
        if not path.is_file():
            raise InputError(
                f"{path}: no such file; {VARIABLE} must name a folder that holds {folder}/{name} "
                "(unset it to download)"
            )
        return path
    return _cached_or_downloaded(folder, name, mirrors)


def _cached_or_downloaded(folder: str, name: str, mirrors: tuple[str, ...]) -> Path:
    cache = Path(pooch.os_cache("spikeloom")) / folder
    pooch.get_logger().setLevel("WARNING")
    reason = ""
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
