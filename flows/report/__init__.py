"""Evidence folders in, one self-contained HTML page out."""

from .page import build_report

__all__ = ["build_report"]
