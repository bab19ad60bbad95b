"""A simulated chip to play with."""

from mapper.errors import VerificationError

from ..live.chip import LiveChip
from .simulation import Simulation

__all__ = ["Chip"]


class Chip(LiveChip, Simulation):
    """A live chip in PyVerilator: `Chip(image)`."""

    def program(self) -> int:
        """Program a new chip and check every memory; the clock cycles that took.

        Raises VerificationError when a memory does not hold what was written.
        """
        if not self._fresh:  # only words that are not zero are written
            self.reset()
        before = self.cycle
        corrupt = self._load()
        if corrupt:
            raise VerificationError("; ".join(corrupt))
        return self.cycle - before
