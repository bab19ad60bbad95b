"""Connection kinds. A new kind is one file here and one entry in `CONNECTION_KINDS`."""

from .base import Connection
from .conv import Conv
from .dense import Dense

__all__ = ["CONNECTION_KINDS", "Connection", "Conv", "Dense"]

CONNECTION_KINDS: dict[str, type[Connection]] = {kind.__name__: kind for kind in (Dense, Conv)}
"""By the class's name, which is also the kind's name in files and in the hash of a Network."""
