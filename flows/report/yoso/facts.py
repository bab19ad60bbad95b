"""A YOSO grid in plain words and numbers."""

from typing import Any

from mapper.yoso.params import PeParams

from ..checks import require
from ..facts import number, ops_per_cycle, percent
from ..run import Run
from .exits import first_spikes

__all__ = ["PACES", "check", "chip_facts", "shapes", "tiles"]

PACES = {
    "tick": "the host waits after each tick and reads every neuron. Potentials of every tick are "
            "compared; layers cannot run ahead of each other, so cycles are more than a user's.",
    "sample": "the host waits at the end of a sample. Firing ticks and final potentials of every "
              "neuron are compared; cycles are a user's who does not stop early.",
    "exit": "the first output spike ends the sample. The output's spikes and final potentials, and "
            "its PE's counters, are compared; cycles are a user's who stops early.",
}  # fmt: skip
"""What a pace of `cosim.host.PACES` compares, and what its cycles mean."""

_LAYER = {"name", "cores", "bound", "reason", "neurons"}


def check(chip: dict[str, Any]) -> None:
    """Raise ValueError when a layer is not described."""
    require(all(layer.keys() >= _LAYER for layer in chip["layers"]), "incomplete layer")


def shapes(chip: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Of the arrays about PEs."""
    width, height = chip["mesh"]
    cores = width * height
    return {"columns": (cores,), "occupancy": (cores, 8, 8), "population": (cores,)}


def tiles(run: Run) -> list[tuple[str, str, str]]:
    """What a sample takes, when it is decided, and how much of the grid is used."""
    e = run.evidence
    neurons = run.figures["columns"]
    return [
        (number(e.cycles_per_sample), "cycles per sample", f"at pace {e.pace}"),
        (number(e.synaptic_ops_per_sample), "weight updates per sample", ops_per_cycle(run)),
        (number(e.spikes_per_sample), "spikes per sample", "neurons that fired"),
        _decided(run),
        (f"{int((neurons > 0).sum())} of {len(neurons)}", "PEs used",
         f"{int(neurons.sum()):,} neurons, {_filled(run)} of weights not 0"),
    ]  # fmt: skip


def _decided(run: Run) -> tuple[str, str, str]:
    first = first_spikes(run)
    if first is None or not (first < run.ticks).any():
        return "–", "first output spike", "the output does not fire"
    fired = first[first < run.ticks]
    silent = len(first) - len(fired)
    remark = f"mean of {len(fired):,}, {silent:,} samples have none" if silent else "mean"
    return f"tick {fired.mean():.1f}", "first output spike", f"{remark}; ticks 0 to {run.ticks - 1}"


def _filled(run: Run) -> str:
    used = run.figures["columns"] > 0
    return percent(float(run.figures["occupancy"][used].mean()) if used.any() else 0.0, 0)


def chip_facts(run: Run) -> list[tuple[str, str]]:
    """The grid that the network was mapped on."""
    core = run.evidence.chip["core"]
    width, height = run.mesh
    lists = f"{core['rows']:,} rows, {core['runs']:,} runs" if core["rows"] else "none"
    return [
        ("mesh", f"{width} × {height} PEs"),
        ("PE", f"{core['neurons']:,} neurons, {core['weights']:,} weights"),
        ("weight", f"{core['weight_bits']} bits"),
        ("accumulated weight", f"{core['accumulator_bits']} bits"),
        ("potential", f"{core['potential_bits']} bits"),
        ("queue", f"{core['queue']:,} spikes"),
        ("weight lists", lists),
        ("memory of a PE", f"{sum(PeParams(**core).memory_bits().values()):,} bits"),
        ("ticks", f"{run.ticks} of at most {core['ticks']}"),
    ]
