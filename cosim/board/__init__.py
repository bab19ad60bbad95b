"""Chips behind a line: boards, and their simulation. See docs/host.md."""

from .board import Board

__all__ = ["Board"]
