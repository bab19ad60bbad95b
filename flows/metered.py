"""What a meter at a board makes of a run. Watts come from whoever read them: none are assumed."""

from dataclasses import dataclass

from cosim.summary import Summary

__all__ = ["Meter", "MeteredEnergy"]


@dataclass(frozen=True)
class MeteredEnergy:
    """watts, clock_mhz: as given
    joules_per_sample: over the cycles that the chip took
    joules_per_synaptic_op: the same, by its counters; None without such operations
    joules_per_sample_on_line: over the whole run, waits for the line included; None of a simulated
        board
    """

    watts: float
    clock_mhz: float
    joules_per_sample: float
    joules_per_synaptic_op: float | None
    joules_per_sample_on_line: float | None


@dataclass(frozen=True)
class Meter:
    """watts: of the board while samples run, as measured; clock_mhz: of its chip"""

    watts: float
    clock_mhz: float

    def energy(self, run: Summary, simulated: bool) -> MeteredEnergy:
        """Of a run of samples on the board."""
        busy = self.watts * int(run.cycles.sum()) / (1e6 * self.clock_mhz)
        operations = int(run.measured["synaptic_ops"].sum())
        return MeteredEnergy(
            self.watts, self.clock_mhz,
            joules_per_sample=busy / run.samples,
            joules_per_synaptic_op=busy / operations if operations else None,
            joules_per_sample_on_line=None if simulated else self.watts * run.seconds / run.samples,
        )  # fmt: skip
