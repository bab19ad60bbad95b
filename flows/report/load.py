"""Reads an Evidence folder and checks all that a report relies on."""

from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cosim.evidence import Evidence, read_evidence
from mapper.errors import InputError

__all__ = ["KINDS", "Run", "load_run"]

KINDS = ("spikes", "potentials", "outputs", "counters")
"""What a verification compares, in the order in which reports name it."""

_NUMBERS = ("cycles_per_sample", "synaptic_ops_per_sample", "events_per_sample",
            "spikes_per_sample", "seconds", "golden_seconds")  # fmt: skip
_DENSITIES = ("density_axon", "density_neuron", "density_synapse")
_LAYER = {"name", "format", "input_patch", "output_patch", "extension", "cores"}


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
    def populations(self) -> list[str]:
        """Names from input to output."""
        return [layer["name"] for layer in self.evidence.chip["layers"]]

    @property
    def core_size(self) -> tuple[int, int]:
        """(axons, neurons) of one core."""
        core = self.evidence.chip["core"]
        return core["axons"], core["neurons"]


def load_run(folder: Path) -> Run:
    """Read `folder`; InputError when it is missing, damaged or contradicts itself."""
    evidence, figures = read_evidence(folder)
    run = Run(Path(folder).resolve().name, evidence, figures)
    try:
        _check_facts(evidence)
        _check_figures(run)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        problem = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise InputError(f"{folder}: damaged Evidence: {problem}") from error
    return run


def _require(condition: bool, problem: str) -> None:
    if not condition:
        raise ValueError(problem)


def _check_facts(evidence: Evidence) -> None:
    count = evidence.data.count
    _require(isinstance(count, int) and count > 0, f"{count!r} samples")
    for name in ("compared", "mismatches"):
        values = getattr(evidence, name).values()
        _require(all(type(v) is int and v >= 0 for v in values), f"{name} holds no counts")
    _require(type(evidence.passed) is bool, f"passed is {evidence.passed!r}")
    compared = all(evidence.compared.get(k, 0) for k in ("spikes", "potentials", "counters"))
    clean = not any(evidence.mismatches.values()) and not evidence.errors
    _require(compared and clean or not evidence.passed,
             "it says that the run passed, its counts say that it did not")  # fmt: skip
    numbers = [getattr(evidence, name) for name in _NUMBERS]
    numbers += [layer[name] for layer in evidence.chip["layers"] for name in _DENSITIES]
    numbers += [a for a in (evidence.accuracy, evidence.golden_accuracy) if a is not None]
    _require(all(type(n) in (int, float) and isfinite(n) for n in numbers), "not a number")
    _require(all(layer.keys() >= _LAYER for layer in evidence.chip["layers"]), "incomplete layer")
    width, height = evidence.chip["mesh"]
    places = width * height * evidence.chip["passes"]
    _require(0 < evidence.chip["cores"] <= places, "more cores than places on the mesh")


def _check_figures(run: Run) -> None:
    """Every array that gets drawn has the shape that the facts demand."""
    arrays, count = run.figures, run.evidence.data.count
    axons, neurons = run.core_size
    width, height = run.evidence.chip["mesh"]
    cores = width * height * run.evidence.chip["passes"]
    shapes: dict[str, tuple[int, ...]] = {
        "classes": (count,), "columns": (cores,),
        "occupancy": (cores, min(64, axons), min(64, neurons)),
    }  # fmt: skip
    if "labels" in arrays:
        shapes["labels"] = (count,)
    ticks, inputs = arrays["input"].shape
    _require(ticks > 0 and inputs > 0, "no input spikes")
    for name in run.populations:
        size = arrays[f"spikes/{name}"].shape[-1]
        _require(size > 0, f"{name} has no neurons")
        shapes |= {f"{kind}/{name}": (ticks, size) for kind in ("spikes", "potentials")}
    for name, shape in shapes.items():
        found = arrays[name].shape
        _require(found == shape, f"{name} has shape {found}, expected {shape}")
    cycles = arrays["cycles"]
    _require(cycles.ndim == 2 and len(cycles) in (0, count), "cycles do not match the samples")
    for name, array in arrays.items():
        _require(array.dtype.kind in "biuf" and bool(np.isfinite(array).all()),
                 f"{name} holds values that are no numbers")  # fmt: skip
