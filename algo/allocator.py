"""Memory that is freed and wanted again a moment later."""

import ctypes

__all__ = ["keep_freed_memory"]

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # names of glibc's malloc.h
_KEPT = 1 << 30


def keep_freed_memory() -> None:
    """Tell glibc not to return large blocks to the system at once; elsewhere do nothing.

    A training step allocates the same arrays of several MiB as the step before. Given back and
    fetched anew each time, they cost a page fault per 4 KiB: up to a fifth of the step.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_TRIM_THRESHOLD, _KEPT)
        mallopt(_M_MMAP_THRESHOLD, _KEPT)
