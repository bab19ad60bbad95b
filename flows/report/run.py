"""A verification run as a report sees it."""

from dataclasses import dataclass

import numpy.typing as npt

from cosim.evidence import Evidence

__all__ = ["Run"]


@dataclass(frozen=True)
class Run:
    """One verification run.

    folder: the Evidence folder's own name, without its parents
    figures: arrays by name, see `cosim.evidence`
    """

    folder: str
    evidence: Evidence
    figures: dict[str, npt.NDArray]

    @property
    def fabric(self) -> str:
        """Name of the chip's fabric."""
        return self.evidence.chip["fabric"]

    @property
    def populations(self) -> list[str]:
        """Those whose neurons were compared, from input to output: at pace "exit" the output."""
        names = [layer["name"] for layer in self.evidence.chip["layers"]]
        if self.evidence.pace != "exit":
            return names
        return [name for name in names if f"spikes/{name}" in self.figures]

    @property
    def ticks(self) -> int:
        """Network ticks of a sample."""
        return len(self.figures["input"])

    @property
    def mesh(self) -> tuple[int, int]:
        """(width, height)"""
        width, height = self.evidence.chip["mesh"]
        return width, height
