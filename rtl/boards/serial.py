"""Bit lengths of the serial line to the host."""

from mapper.errors import InputError

__all__ = ["serial_divisor"]

_LARGEST_ERROR = 0.02  # of the baud rate; a UART bears twice that


def serial_divisor(hz: int, baud: int) -> int:
    """Clock cycles per bit; InputError when a clock of `hz` cannot make `baud` bits per second."""
    divisor = round(hz / baud)
    if divisor < 4 or abs(hz / divisor / baud - 1) > _LARGEST_ERROR:
        raise InputError(f"{baud} baud: a clock of {hz / 1e6:g} MHz makes {hz // 4} at most, and "
                         f"only quotients of itself, such as {hz // max(4, divisor)}")  # fmt: skip
    return divisor
