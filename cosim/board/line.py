"""What carries bytes between a host and a board."""

from abc import ABC, abstractmethod

__all__ = ["LATENCY", "WINDOW", "Line"]

LATENCY = 0.25
"""Seconds; of USB adapters and of simulations, generously."""
WINDOW = 2 * 8 * 128
"""Bytes that may wait at either end, with what frames add."""


class Line(ABC):
    """name: for messages; patience: seconds that an answer may take; may lose and damage bytes"""

    name: str
    patience: float

    @abstractmethod
    def now(self) -> float:
        """Seconds, as time goes at the board."""

    @abstractmethod
    def write(self, data: bytes) -> None:
        """Send bytes. Raises EngineError when the line is gone."""

    @abstractmethod
    def read(self) -> bytes:
        """What has come; when nothing has, wait for a moment. EngineError likewise."""

    @abstractmethod
    def close(self) -> None:
        """Let go of it."""
