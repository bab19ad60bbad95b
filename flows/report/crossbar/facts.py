"""A crossbar chip in plain words and numbers."""

from typing import Any

from ..checks import require, require_numbers
from ..facts import number, ops_per_cycle
from ..run import Run

__all__ = ["check", "chip_facts", "core_size", "shapes", "tiles"]

_DENSITIES = ("density_axon", "density_neuron", "density_synapse")
_LAYER = {"name", "format", "input_patch", "output_patch", "extension", "cores"}


def core_size(chip: dict[str, Any]) -> tuple[int, int]:
    """(axons, neurons) of one core."""
    return chip["core"]["axons"], chip["core"]["neurons"]


def check(chip: dict[str, Any]) -> None:
    """Raise ValueError or KeyError when a layer is not described."""
    require_numbers(layer[name] for layer in chip["layers"] for name in _DENSITIES)
    require(all(layer.keys() >= _LAYER for layer in chip["layers"]), "incomplete layer")


def shapes(chip: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Of the arrays about cores: all passes, one after the other."""
    width, height = chip["mesh"]
    cores = width * height * chip["passes"]
    axons, neurons = core_size(chip)
    return {"columns": (cores,), "occupancy": (cores, min(64, axons), min(64, neurons))}


def tiles(run: Run) -> list[tuple[str, str, str]]:
    """What a sample takes, and how much of the chip is used."""
    e = run.evidence
    columns, cores = int(run.figures["columns"].sum()), int((run.figures["columns"] > 0).sum())
    places = len(run.figures["columns"])
    available = places * core_size(e.chip)[1]
    return [
        (number(e.cycles_per_sample), "cycles per sample", f"{e.chip['ticks']} chip ticks"),
        (number(e.synaptic_ops_per_sample), "synaptic ops per sample", ops_per_cycle(run)),
        (number(e.events_per_sample), "events per sample", "axons that carried a spike"),
        (number(e.spikes_per_sample), "spikes per sample", "neurons that fired"),
        (f"{cores} of {places}", "cores used",
         f"{columns:,} of {available:,} columns ({columns / available:.0%})"),
    ]  # fmt: skip


def chip_facts(run: Run) -> list[tuple[str, str]]:
    """The chip that the network was mapped on."""
    chip, core = run.evidence.chip, run.evidence.chip["core"]
    width, height = run.mesh
    return [
        ("mesh", f"{width} × {height} cores"),
        ("passes", f"{chip['passes']}"),
        ("core", f"{core['axons']:,} axons × {core['neurons']:,} neurons"),
        ("lanes", f"{core['lanes']} columns counted per cycle, {core['update_lanes']} updated"),
        ("potential", f"{core['potential_bits']} bits"),
        ("ticks", f"{run.ticks} of the network, {chip['ticks']} of the chip"),
    ]
